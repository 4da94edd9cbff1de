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

# why_unavailable(VARIABLE PROCESSOR FEATURES FLAGS): what this build lacks, in words; empty if nothing. The library names its
# compiler, so that compilers that lack the same say the same.
function(why_unavailable result processor features flags)
  set(missing "")
  if(processor AND NOT processor STREQUAL CMAKE_SYSTEM_PROCESSOR)
    list(APPEND missing "a processor of type ${processor} (this build is for ${CMAKE_SYSTEM_PROCESSOR})")
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

# probe_feature(FEATURE VARIABLE): the language feature in words if the compiler lacks it, else empty.
function(probe_feature feature result)
  if(feature STREQUAL "musttail")
    set(source "void f() {} void g() { [[clang::musttail]] return f(); } int main() { g(); }")
    set(words "the musttail attribute (clang 13 or g++ 15 and newer have it)")
  elseif(feature STREQUAL "preserve_none")
    set(source "void f() __attribute__((preserve_none)); int main() {}")
    set(words "the preserve_none calling convention (clang 19 or g++ 16 and newer have it)")
  else()
    message(FATAL_ERROR "REQUIRES ${feature}: unknown. Features are musttail, preserve_none; see probe_feature in "
      "${CMAKE_CURRENT_FUNCTION_LIST_FILE}")
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
    compiler_accepts(all ${ARGN}) # One question in the usual case that it accepts all of them.
    if(NOT all)
      set(accepted "")
      foreach(flag IN LISTS ARGN)
        compiler_accepts(accepts "${flag}")
        if(accepts)
          list(APPEND accepted "${flag}")
        else()
          list(APPEND refused "${flag}")
        endif()
      endforeach()
    endif()
  endif()
  set(${accepted_result} "${accepted}" PARENT_SCOPE)
  set(${refused_result} "${refused}" PARENT_SCOPE)
endfunction()

# compiler_accepts(VARIABLE flag...): whether the compiler accepts these flags together.
function(compiler_accepts result)
  list(TRANSFORM ARGN REPLACE "^SHELL:" "")
  list(JOIN ARGN " " flags)
  string(MAKE_C_IDENTIFIER "DISPATCHBENCH_ACCEPTS_${flags}" variable)
  set(CMAKE_REQUIRED_FLAGS "-Werror ${flags}")
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY) # It is about compiling, not about linking.
  set(CMAKE_REQUIRED_QUIET ON)
  check_cxx_source_compiles("int main() {}" ${variable})
  set(${result} "${${variable}}" PARENT_SCOPE)
endfunction()
