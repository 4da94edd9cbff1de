# count_source_lines(VARIABLE FOLDER): the lines of code in a family's folder, for DispatchbenchBackend.source_lines. Counted
# are lines of C, C++, assembly and Rust that people wrote and a compiler reads: not blank lines, comments, tests, the lists
# (.inc) that tools write, or a folder below that is named after another processor than the build's. A project is configured
# again when the number may have changed.
#
#   cmake -D FOLDER=backends/rust -P backends/source_lines.cmake       # prints it

function(count_source_lines result folder)
  get_filename_component(folder ${folder} ABSOLUTE)
  set(patterns *.c *.cpp *.h *.S *.rs)
  list(TRANSFORM patterns PREPEND ${folder}/)
  if(CMAKE_SCRIPT_MODE_FILE)
    file(GLOB_RECURSE files RELATIVE ${folder} ${patterns})
  else()
    file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${folder} ${patterns})
  endif()
  list(FILTER files EXCLUDE REGEX "(^|/)tests/")
  set(processor ${CMAKE_SYSTEM_PROCESSOR})
  if(CMAKE_SCRIPT_MODE_FILE) # No project says what it builds for.
    cmake_host_system_information(RESULT processor QUERY OS_PLATFORM)
  endif()
  foreach(other x86_64 aarch64)
    if(NOT other STREQUAL processor)
      list(FILTER files EXCLUDE REGEX "(^|/)${other}/")
    endif()
  endforeach()
  # A string or a character, on one line, which may hide what looks like a comment. In a comment it hides nothing, unless a
  # /* comment */ has one quotation mark and code on the same line another.
  set(literal "\"([^\"\\\\\n]|\\\\.)*\"|'(\\\\.|[^'\\\\\n])'")
  set(comment "//[^\n]*|/\\*[^*]*\\*+([^/*][^*]*\\*+)*/")
  set(lines 0)
  foreach(file IN LISTS files)
    if(NOT CMAKE_SCRIPT_MODE_FILE)
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${folder}/${file})
    endif()
    file(READ ${folder}/${file} text)
    string(REGEX REPLACE "${literal}" "0" text "${text}")
    string(REGEX REPLACE "${comment}" "" text "${text}")
    # Each line with code becomes an x; a list of lines would be split at every semicolon.
    string(REGEX REPLACE "[^\n]*[^ \t\r\n][^\n]*" "x" text "${text}")
    string(REGEX REPLACE "[^x]" "" text "${text}")
    string(LENGTH "${text}" length)
    math(EXPR lines "${lines} + ${length}")
  endforeach()
  set(${result} ${lines} PARENT_SCOPE)
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  count_source_lines(lines ${FOLDER})
  execute_process(COMMAND ${CMAKE_COMMAND} -E echo ${lines})
endif()
