// A made-up system's files, for what the harness reads of proc and sys.
#pragma once

#include "system/errors.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace dispatchbench {

/// A folder with a made-up system's proc and sys, removed at the end.
class MadeUpSystem {
public:
  MadeUpSystem() {
    std::string name = (std::filesystem::temp_directory_path() / "system.XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw Failure("no temporary folder");
    root = name;
  }
  ~MadeUpSystem() { std::filesystem::remove_all(root); }
  MadeUpSystem(const MadeUpSystem&) = delete;
  MadeUpSystem& operator=(const MadeUpSystem&) = delete;

  MadeUpSystem& write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text << '\n';
    return *this;
  }
  MadeUpSystem& cache(int index, const std::string& level, const std::string& type, const std::string& size) {
    const std::string folder = "sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
    return write(folder + "level", level).write(folder + "type", type).write(folder + "size", size);
  }

  std::filesystem::path root;
};

} // namespace dispatchbench
