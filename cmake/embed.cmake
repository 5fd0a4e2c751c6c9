# embed(target symbol files…) builds the files' bytes into a static library as
# a table `const struct embedded_file symbol[]` with names, bytes and SHA-256,
# ended by a row without a name (see base/embedded.h).
function(embed target symbol)
  cmake_parse_arguments(EMBED "" "RELATIVE" "FILES" ${ARGN})
  set(assembly "    .section .rodata\n")
  set(rows "")
  set(externs "")
  set(index 0)
  foreach(file IN LISTS EMBED_FILES)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(SHA256 ${file} sum)
    file(RELATIVE_PATH name ${EMBED_RELATIVE} ${file})
    set(label ${symbol}_${index})
    string(APPEND assembly "    .balign 16\n    .global ${label}, ${label}_end\n${label}:\n    .incbin \"${file}\"\n${label}_end:\n    .byte 0\n")
    string(APPEND externs "extern const char ${label}[], ${label}_end[];\n")
    string(APPEND rows "    { \"${name}\", ${label}, ${label}_end, \"${sum}\" },\n")
    math(EXPR index "${index} + 1")
  endforeach()
  string(APPEND assembly "    .section .note.GNU-stack,\"\",@progbits\n")
  set(made ${CMAKE_CURRENT_BINARY_DIR}/${symbol})
  file(CONFIGURE OUTPUT ${made}.S CONTENT "${assembly}" @ONLY)
  file(CONFIGURE OUTPUT ${made}.c CONTENT
"#include \"base/embedded.h\"
${externs}
extern const struct embedded_file ${symbol}[];
const struct embedded_file ${symbol}[] = {
${rows}    { NULL, NULL, NULL, NULL },
};
" @ONLY)
  add_library(${target} STATIC ${made}.S ${made}.c)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  set_property(SOURCE ${made}.S APPEND PROPERTY OBJECT_DEPENDS "${EMBED_FILES}")
endfunction()
