# compile_together(TARGET): with DISPATCHBENCH_TOGETHER, compiles the target's files in batches (batches.py). A clean build
# takes a third of the time; changing one file takes longer. A build without it checks that each file includes what it needs.
option(DISPATCHBENCH_TOGETHER "Compile files of the harness and its tests several at a time, for a clean build" OFF)

function(compile_together target)
  if(NOT DISPATCHBENCH_TOGETHER)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources EXCLUDE REGEX "^[/$]") # Those that other targets compile as well.
  # CMake would compile a file with definitions of its own by itself.
  foreach(file IN LISTS sources)
    get_source_file_property(definitions ${file} COMPILE_DEFINITIONS)
    if(definitions)
      target_compile_definitions(${target} PRIVATE ${definitions})
      set_property(SOURCE ${file} PROPERTY COMPILE_DEFINITIONS)
    endif()
  endforeach()
  execute_process(COMMAND ${DISPATCHBENCH_PYTHON} ${PROJECT_SOURCE_DIR}/ci/batches.py ${sources}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE batches OUTPUT_STRIP_TRAILING_WHITESPACE
    COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE ";" "," batches "${batches}")
  string(REPLACE "\n" ";" batches "${batches}")
  set(number 0)
  foreach(batch IN LISTS batches)
    math(EXPR number "${number} + 1")
    string(REPLACE "," ";" files "${batch}")
    set_source_files_properties(${files} PROPERTIES UNITY_GROUP batch_${number})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # A name of one file may hide one that only another file of the batch has.
  target_compile_options(${target} PRIVATE -Wno-shadow)
endfunction()
