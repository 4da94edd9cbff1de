# What the compiler at hand has: language features, and the flags that it accepts.
#
# Compilers only warn about an attribute that they don't know, and about some flags, so -Werror is part of each question.

include(CheckCXXSourceCompiles)

# compiler_name(VARIABLE): "clang" or "gcc".
function(compiler_name result)
  string(TOLOWER "${CMAKE_CXX_COMPILER_ID}" compiler)
  string(REPLACE "gnu" "gcc" compiler "${compiler}")
  set(${result} ${compiler} PARENT_SCOPE)
endfunction()

# why_unavailable(VARIABLE PROCESSORS FEATURES FLAGS): what this build lacks, in words; empty if nothing. The library names its
# compiler, so that compilers that lack the same say the same.
function(why_unavailable result processors features flags)
  set(missing "")
  if(processors AND NOT CMAKE_SYSTEM_PROCESSOR IN_LIST processors)
    list(JOIN processors " or " processors)
    list(APPEND missing "a processor of type ${processors} (this build is for ${CMAKE_SYSTEM_PROCESSOR})")
  else()
    foreach(feature IN LISTS features)
      probe_feature(${feature} lacking)
      list(APPEND missing ${lacking})
    endforeach()
    split_flags(accepted refused ${flags})
    foreach(flag IN LISTS refused)
      string(REGEX REPLACE "^SHELL:" "" flag "${flag}")
      list(APPEND missing "the compiler flag ${flag}")
    endforeach()
  endif()
  set(${result} "" PARENT_SCOPE)
  if(missing)
    list(JOIN missing " and " missing)
    set(${result} "needs ${missing}" PARENT_SCOPE)
  endif()
endfunction()

# probe_feature(FEATURE VARIABLE): the language feature or library in words if the compiler lacks it, else empty.
function(probe_feature feature result)
  if(feature STREQUAL "musttail")
    set(source "void f() {} void g() { [[clang::musttail]] return f(); } int main() { g(); }")
    set(words "the musttail attribute (clang 13 or g++ 15 and newer have it)")
  elseif(feature STREQUAL "preserve_none")
    set(source "void f() __attribute__((preserve_none)); int main() {}")
    set(words "the preserve_none calling convention (clang 19 or g++ 16 and newer have it)")
  elseif(feature STREQUAL "indirect_jumps")
    set(source "#ifdef __wasm__
      #error none
      #endif
      int main() {}")
    set(words "indirect jumps within a function (WebAssembly has none: compilers make a switch of them)")
  elseif(feature STREQUAL "typed_references")
    set(source "#ifndef __wasm__
      #error none
      #endif
      int main() {}")
    set(words "WebAssembly's typed function references")
  elseif(feature STREQUAL "global_registers")
    set(source "
      #if defined(__x86_64__)
      register void* kept asm(\"r12\");
      #else
      register void* kept asm(\"x20\");
      #endif
      int main() { return kept != nullptr; }") # Used, since clang refuses it only then, for AArch64.
    set(words "global register variables in callee-saved registers (g++ has them, clang doesn't)")
  elseif(feature STREQUAL "asmjit")
    set(source "#include <asmjit/asmjit.h>
      int main() { return asmjit::CodeHolder().init(asmjit::Environment::host()) != asmjit::kErrorOk; }")
    set(words "the library asmjit (Debian's package libasmjit-dev has it)")
    set(CMAKE_REQUIRED_DEFINITIONS -DASMJIT_STATIC)
    set(CMAKE_REQUIRED_LIBRARIES asmjit)
  else()
    message(FATAL_ERROR "REQUIRES ${feature}: unknown. Features are asmjit, global_registers, indirect_jumps, musttail, preserve_none, typed_references; see "
      "probe_feature in ${CMAKE_CURRENT_FUNCTION_LIST_FILE}")
  endif()
  set(CMAKE_REQUIRED_FLAGS "-Werror")
  check_cxx_source_compiles("${source}" DISPATCHBENCH_HAS_${feature})
  set(${result} "" PARENT_SCOPE)
  if(NOT DISPATCHBENCH_HAS_${feature})
    set(${result} "${words}" PARENT_SCOPE)
  endif()
endfunction()

# split_flags(ACCEPTED REFUSED flag...): which of the flags the compiler accepts, and which it refuses or doesn't know.
# "SHELL:-mllvm -x" is one flag, as in target_compile_options.
function(split_flags accepted_result refused_result)
  set(accepted "${ARGN}")
  set(refused "")
  if(accepted)
    refusal_of_flags(refusal ${ARGN}) # One question in the usual case that it accepts all of them.
    if(refusal)
      set(accepted "")
      foreach(flag IN LISTS ARGN)
        refusal_of_flags(refusal "${flag}")
        if(refusal)
          list(APPEND refused "${flag}")
        else()
          list(APPEND accepted "${flag}")
        endif()
      endforeach()
    endif()
  endif()
  set(${accepted_result} "${accepted}" PARENT_SCOPE)
  set(${refused_result} "${refused}" PARENT_SCOPE)
endfunction()

# refusal_of_flags(VARIABLE flag...): what the compiler says against these flags, given together; empty if it accepts them.
# It is asked in the folder in which it will build, where relative paths of profiles begin, and about a unit without
# functions, which no profile can lack.
function(refusal_of_flags result)
  words_of_flags(words ${ARGN})
  separate_arguments(usual UNIX_COMMAND "${CMAKE_CXX_COMPILER_ARG1} ${CMAKE_CXX_FLAGS}")
  if(CMAKE_CXX_COMPILER_TARGET)
    list(APPEND usual ${CMAKE_CXX_COMPILE_OPTIONS_TARGET}${CMAKE_CXX_COMPILER_TARGET})
  endif()
  set(unit ${CMAKE_BINARY_DIR}/CMakeFiles/dispatchbench_flags)
  file(WRITE ${unit}.cpp "int compiled_with_these_flags;\n")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C.UTF-8
      ${CMAKE_CXX_COMPILER} ${usual} -Werror ${words} -c ${unit}.cpp -o ${unit}.o
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
    RESULT_VARIABLE code OUTPUT_VARIABLE said ERROR_VARIABLE said)
  set(refusal "")
  if(NOT code EQUAL 0)
    string(REGEX MATCH "error: [^\n]+" refusal "${said}")
    if(NOT refusal)
      string(REGEX MATCH "[^\n]+" refusal "${said}")
    endif()
    string(REGEX REPLACE "^error: " "" refusal "${refusal}")
    if(NOT refusal)
      set(refusal "exit code ${code}")
    endif()
  endif()
  set(${result} "${refusal}" PARENT_SCOPE)
endfunction()

# words_of_flags(VARIABLE flag...): the flags as the compiler gets them, "SHELL:-mllvm -x" in two words.
function(words_of_flags result)
  set(words "")
  foreach(flag IN LISTS ARGN)
    if(flag MATCHES "^SHELL:")
      string(REGEX REPLACE "^SHELL:" "" flag "${flag}")
      separate_arguments(flag UNIX_COMMAND "${flag}")
    endif()
    list(APPEND words ${flag})
  endforeach()
  set(${result} "${words}" PARENT_SCOPE)
endfunction()

# require_flags(VARIABLE): ends the configuration, naming the flag, if the compiler refuses one that the cache variable
# holds. A library without a flag that its label promises would be measured for one with it.
function(require_flags variable)
  refusal_of_flags(refusal ${${variable}})
  if(NOT refusal)
    return()
  endif()
  # A word belongs to the one before if that takes a value.
  words_of_flags(words ${${variable}})
  set(flags "")
  set(flag "")
  foreach(word IN LISTS words)
    if(word MATCHES " ")
      set(word "\"${word}\"")
    endif()
    if(flag AND (NOT word MATCHES "^-" OR flag MATCHES "^(-mllvm|-X[a-z]+|--param)$"))
      string(APPEND flag " ${word}")
      continue()
    endif()
    list(APPEND flags ${flag})
    set(flag "${word}")
  endforeach()
  list(APPEND flags "${flag}")
  list(TRANSFORM flags PREPEND "SHELL:")
  split_flags(accepted refused ${flags})
  if(refused)
    list(GET refused 0 first)
    refusal_of_flags(refusal "${first}")
  else()
    set(refused ${flags}) # Each is accepted, but not all of them together.
  endif()
  list(TRANSFORM refused REPLACE "^SHELL:" "")
  list(JOIN refused " " refused)
  compiler_name(compiler)
  # The space in front keeps CMake from breaking the line.
  message(FATAL_ERROR " ${variable}: ${compiler} ${CMAKE_CXX_COMPILER_VERSION} refuses ${refused}: ${refusal}; "
    "leave it out, or choose another compiler (this is ${CMAKE_CXX_COMPILER})")
endfunction()
