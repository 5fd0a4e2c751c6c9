# What the program tells of itself, to be installed beside it: a manual page
# for each command and completions for shells. Without scdoc there are no
# manual pages; builds with sanitizers are for tests and make neither.
if(PORTCULLIS_SANITIZE)
  return()
endif()
find_program(SCDOC scdoc)
set(manual ${CMAKE_BINARY_DIR}/manual)
add_custom_command(
  OUTPUT ${manual}/made
  COMMAND ${CMAKE_SOURCE_DIR}/cmake/manual $<TARGET_FILE:portcullis>
          ${CMAKE_CURRENT_SOURCE_DIR}/verbs.def ${manual} ${SCDOC}
  DEPENDS portcullis verbs.def ${CMAKE_SOURCE_DIR}/cmake/manual
  COMMENT "Manual pages and completions"
  VERBATIM)
add_custom_target(manual ALL DEPENDS ${manual}/made)
install(DIRECTORY ${manual}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(DIRECTORY ${manual}/bash/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(DIRECTORY ${manual}/zsh/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(DIRECTORY ${manual}/fish/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
