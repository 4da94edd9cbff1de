# How everything is compiled, whether backends/ is configured alone or as part of the whole.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
if(NOT CMAKE_SYSTEM_PROCESSOR STREQUAL "wasm32") # Where a library is linked to the machine that it works on.
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
endif()
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Werror)

option(DISPATCHBENCH_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer in everything" OFF)
if(DISPATCHBENCH_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  # What AddressSanitizer or a crash finds too. With them switch_loop takes 16.8 s to compile instead of 6.8.
  add_compile_options(-fno-sanitize=null,object-size,pointer-overflow)
  add_link_options(-fsanitize=address,undefined)
endif()

# Of debug information only places: the library, which is hashed before every run, has 7 MB instead of 51. The preset debug
# has all.
add_compile_options($<$<AND:$<CONFIG:RelWithDebInfo>,$<COMPILE_LANGUAGE:C,CXX>>:-g1>)
