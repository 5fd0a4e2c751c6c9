# A room is one folder of src/ and one static library; KNOWS names the rooms
# it may include and link, PACKAGES the foreign libraries behind its door.
# tests/layers.sh reads the same calls to check every #include.
find_package(PkgConfig REQUIRED)

function(room name)
  cmake_parse_arguments(ROOM "" "" "KNOWS;PACKAGES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  if(NOT sources)
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/src
                                            ${CMAKE_SOURCE_DIR})
  set_target_properties(${name} PROPERTIES ROOM_KNOWS "${ROOM_KNOWS}")
  foreach(other IN LISTS ROOM_KNOWS)
    target_link_libraries(${name} PRIVATE ${other})
  endforeach()
  foreach(package IN LISTS ROOM_PACKAGES)
    string(MAKE_C_IDENTIFIER ${package} id)
    pkg_check_modules(${id} REQUIRED IMPORTED_TARGET ${package})
    target_link_libraries(${name} PRIVATE PkgConfig::${id})
  endforeach()
endfunction()
