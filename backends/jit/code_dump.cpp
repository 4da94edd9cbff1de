// An ELF file without program headers, for reading only: sections .text (the code memory, at its address) and
// .uxn (the program's memory as far as it was compiled, at its address), symbols, and in .dispatchbench what
// the code's registers hold.
#include "code_dump.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

namespace {

enum SectionNumber : std::uint16_t { none, text, uxn, registers, symbol_table, names, section_count };

std::uint64_t address(const void* place) { return reinterpret_cast<std::uintptr_t>(place); }

/// Zero-terminated names, one after the other; the first is empty.
struct Names {
  std::string all = std::string(1, '\0');

  std::uint32_t add(const char* name) {
    const auto place = static_cast<std::uint32_t>(all.size());
    all.append(name).push_back('\0');
    return place;
  }
};

class Dump {
public:
  explicit Dump(const Translation& translation) : translation_(translation) {
    name_stubs();
    for (std::uint32_t i = 0; i < translation.block_count; ++i) name_block(translation.blocks[i]);
  }

  /// Whether all of it could be written.
  bool write(std::FILE* file) {
    const std::string held = held_by_registers();
    add_section(text, ".text", SHT_PROGBITS, translation_.memory.executable, translation_.memory.used);
    add_section(uxn, ".uxn", SHT_PROGBITS, translation_.machine->ram, uxn_end_);
    add_section(registers, ".dispatchbench", SHT_PROGBITS, held.data(), held.size());
    add_section(symbol_table, ".symtab", SHT_SYMTAB, symbols_.data(), symbols_.size() * sizeof symbols_[0]);
    add_section(names, ".strtab", SHT_STRTAB, nullptr, 0); // Its own name is still to come.
    sections_[text].sh_flags = SHF_ALLOC | SHF_EXECINSTR;
    sections_[text].sh_addr = address(translation_.memory.executable);
    sections_[uxn].sh_flags = SHF_ALLOC;
    sections_[symbol_table].sh_link = names;
    sections_[symbol_table].sh_info = static_cast<Elf64_Word>(symbols_.size()); // All of them are local.
    sections_[symbol_table].sh_entsize = sizeof symbols_[0];
    contents_[names] = names_.all.data();
    sections_[names].sh_size = names_.all.size();

    const Elf64_Ehdr header = placed();
    write_piece(file, &header, sizeof header);
    for (std::size_t i = 0; i < section_count; ++i) write_piece(file, contents_[i], sections_[i].sh_size);
    write_piece(file, sections_.data(), sizeof sections_);
    return std::ferror(file) == 0;
  }

private:
  void name(const char* of, const void* at, std::uint64_t size, SectionNumber section = text) {
    Elf64_Sym symbol{};
    symbol.st_name = names_.add(of);
    symbol.st_info = ELF64_ST_INFO(STB_LOCAL, section == uxn ? STT_OBJECT : STT_FUNC);
    symbol.st_shndx = section;
    symbol.st_value = address(at);
    symbol.st_size = size;
    symbols_.push_back(symbol);
  }

  /// A name such as block_0123.
  void name_at_pc(const char* kind, unsigned pc, const void* at, std::uint64_t size,
                  SectionNumber section = text) {
    std::array<char, 32> full{};
    std::snprintf(full.data(), full.size(), "%s_%04x", kind, pc);
    name(full.data(), at, size, section);
  }

  void name_stubs() {
    const Stubs& stubs = translation_.stubs;
    const auto* const enter = reinterpret_cast<Continuation>(reinterpret_cast<std::uintptr_t>(stubs.enter));
    const auto bytes = [](Continuation from, Continuation to) {
      return static_cast<std::uint64_t>(to - from);
    };
    name("stub_enter", enter, bytes(enter, stubs.leave));
    name("stub_leave", stubs.leave, bytes(stubs.leave, stubs.left));
    name("stub_left", stubs.left, bytes(stubs.left, stubs.resolve));
    name("stub_resolve", stubs.resolve, bytes(stubs.resolve, stubs.interpret));
    name("stub_interpret", stubs.interpret, bytes(stubs.interpret, stubs.store));
    name("stub_store", stubs.store, bytes(stubs.store, stubs.read_device));
    name("stub_read_device", stubs.read_device, bytes(stubs.read_device, stubs.write_device));
    name("stub_write_device", stubs.write_device,
         bytes(stubs.write_device, translation_.memory.executable + stubs.end));
  }

  void name_block(const Block& block) {
    const Continuation begin = translation_.memory.executable + block.offset;
    const Continuation entry = translation_.entries[block.pc];
    if (entry == begin) return name_at_pc("interpret", block.pc, begin, block.bytes);
    const Continuation compiled = begin + Translation::front_bytes;
    const std::uint32_t compiled_bytes = block.bytes - Translation::front_bytes;
    name_at_pc("recompile", block.pc, begin, Translation::front_bytes);
    if (entry != compiled) return name_at_pc("stale", block.pc, compiled, compiled_bytes);
    name_at_pc("block", block.pc, compiled, compiled_bytes);
    const std::uint8_t length = translation_.lengths[block.pc];
    // Its symbol's value is the Uxn address.
    name_at_pc("uxn", block.pc, reinterpret_cast<const void*>(std::uintptr_t{block.pc}), length, uxn);
    uxn_end_ = std::max(uxn_end_, std::size_t{block.pc} + length);
  }

  static std::string held_by_registers() {
    std::string held = "backend jit\n";
    for (const auto& [what, where] : held_registers)
      held.append(what).append(" ").append(name_of(where)).append("\n");
    return held;
  }

  void add_section(SectionNumber number, const char* name, std::uint32_t type, const void* content,
                   std::size_t size) {
    sections_[number].sh_name = names_.add(name);
    sections_[number].sh_type = type;
    sections_[number].sh_size = size;
    sections_[number].sh_addralign = 1;
    contents_[number] = content;
  }

  /// Gives the sections their places in the file, one behind the other, and returns the file's header.
  Elf64_Ehdr placed() {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC; // So that symbols have addresses.
    header.e_machine = elf_machine;
    header.e_version = EV_CURRENT;
    header.e_ehsize = sizeof header;
    header.e_shentsize = sizeof sections_[0];
    header.e_shnum = section_count;
    header.e_shstrndx = names;
    header.e_shoff = sizeof header;
    for (std::size_t i = 1; i < section_count; ++i) {
      sections_[i].sh_offset = header.e_shoff;
      header.e_shoff += sections_[i].sh_size;
    }
    return header;
  }

  static void write_piece(std::FILE* file, const void* piece, std::size_t bytes) {
    if (bytes != 0) std::fwrite(piece, 1, bytes, file); // ferror tells later whether it failed.
  }

  const Translation& translation_;
  std::size_t uxn_end_ = 0;
  Names names_;
  std::vector<Elf64_Sym> symbols_{Elf64_Sym{}};
  std::array<Elf64_Shdr, section_count> sections_{};
  std::array<const void*, section_count> contents_{};
};

} // namespace

const char* dump_file() {
  const char* const name = std::getenv("DISPATCHBENCH_JIT_DUMP");
  return name == nullptr || *name == '\0' ? nullptr : name;
}

void dump_code(const Translation& translation) {
  // Not truncated first: ext4 then waits for the disk at each close, 4 ms for each program of a test.
  const int descriptor = open(translation.dump_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  std::FILE* const file = descriptor < 0 ? nullptr : fdopen(descriptor, "wb");
  bool written = file != nullptr && Dump(translation).write(file) && std::fflush(file) == 0;
  if (struct stat status{}; written && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode))
    written = ftruncate(descriptor, std::ftell(file)) == 0;
  if (!written)
    std::fprintf(stderr, "jit: DISPATCHBENCH_JIT_DUMP: %s can't be written (%s); name another file\n",
                 translation.dump_file, std::strerror(errno));
  if (file != nullptr) std::fclose(file);
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
