# Warnings are errors with gcc 12 and clang 14; hardening is for builds that
# are optimised, as _FORTIFY_SOURCE needs that. What gcc optimises it sees as one
# program: most of a request's functions are small, and rooms apart.
add_compile_options(
  -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes
  -Wstrict-prototypes -Wvla -Wpointer-arith -Wwrite-strings -Wundef
  -Werror -fno-omit-frame-pointer
  -fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=)
add_compile_definitions(_GNU_SOURCE)

if(PORTCULLIS_SANITIZE)
  add_compile_options(-fsanitize=${PORTCULLIS_SANITIZE}
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PORTCULLIS_SANITIZE})
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  # The linker's too: where all is optimised as one program, it makes the code.
  set(hardening -fstack-protector-strong -fstack-clash-protection
                -fcf-protection -fPIE)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 ${hardening})
  add_link_options(${hardening} -fno-omit-frame-pointer
                   -pie -Wl,-z,relro,-z,now,-z,noexecstack)
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  endif()
endif()
