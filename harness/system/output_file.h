// Files that a command writes when it ends.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace dispatchbench {

/// A file to write, made when the command begins: what can't be written is known before minutes of measuring,
/// and no other process may write the same file meanwhile.
///
/// Symbolic links are followed. A regular file is replaced whole, with the mode it had; a character device or
/// a FIFO is opened and written to; anything else is refused.
class OutputFile {
public:
  /// `option` is what names the file. Throws Failure if it can't be written or another process is about to,
  /// UsageError if this process has such a file already. Neither leaves nor truncates anything.
  OutputFile(std::filesystem::path path, std::string option);
  ~OutputFile();
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;

  /// Writes all of `text`; a regular file is whole or untouched. If that fails, the text is kept in another
  /// place, and Failure is thrown, which says where. A FIFO gets some seconds to find its reader.
  void write(std::string_view text) const;

  const std::filesystem::path& path() const { return path_; }
  /// Whether it is a device or a FIFO: nothing can be beside it.
  bool is_stream() const { return stream_; }

private:
  void find_target();
  void check_folder() const;
  void lock();
  /// Returns what went wrong; empty if nothing did.
  std::string write_stream(std::string_view text) const;

  std::filesystem::path path_; ///< As given.
  std::string option_;
  std::filesystem::path target_; ///< Where symbolic links lead.
  bool stream_ = false;
  int own_stream_ = -1; ///< Standard output or error, if it is that.
  std::filesystem::path lock_path_;
  int lock_ = -1;
};

/// Replaces a regular file, or makes it, so that it is whole or untouched. Returns what went wrong; empty if
/// nothing did.
std::string replace_file(const std::filesystem::path& path, std::string_view text);

} // namespace dispatchbench
