# SPDX-License-Identifier: BSD-2-Clause
# boot.tar: programs, manifest and the files below conf/files, in one ustar archive.
file(GLOB_RECURSE extra CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/conf/files
     ${CMAKE_SOURCE_DIR}/conf/files/*)
foreach(name IN LISTS extra)
  list(APPEND QUIRE_ARCHIVE_MEMBERS ${name}=${CMAKE_SOURCE_DIR}/conf/files/${name})
  list(APPEND QUIRE_ARCHIVE_FILES ${CMAKE_SOURCE_DIR}/conf/files/${name})
endforeach()
foreach(manifest IN ITEMS conf/manifest.ini conf/manifest)
  if(EXISTS ${CMAKE_SOURCE_DIR}/${manifest} AND NOT IS_DIRECTORY ${CMAKE_SOURCE_DIR}/${manifest})
    list(APPEND QUIRE_ARCHIVE_MEMBERS etc/manifest=${CMAKE_SOURCE_DIR}/${manifest})
    list(APPEND QUIRE_ARCHIVE_FILES ${CMAKE_SOURCE_DIR}/${manifest})
    break()
  endif()
endforeach()

list(JOIN QUIRE_ARCHIVE_MEMBERS "\n" member_lines)
file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/boot.list CONTENT "${member_lines}\n")
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/boot.tar
  COMMAND ${QUIRE_PYTHON} ${QUIRE_SCRIPTS}/mkarchive --list ${CMAKE_BINARY_DIR}/boot.list
          ${CMAKE_BINARY_DIR}/boot.tar
  DEPENDS ${QUIRE_ARCHIVE_FILES} ${CMAKE_BINARY_DIR}/boot.list ${QUIRE_SCRIPTS}/mkarchive
          ${QUIRE_SCRIPTS}/lib/archive.py
  COMMENT "Boot archive boot.tar"
  VERBATIM)
add_custom_target(archive ALL DEPENDS ${CMAKE_BINARY_DIR}/boot.tar)
