# SPDX-License-Identifier: BSD-2-Clause
# Target man: man pages out of docs/reference, below man/ of the build folder.
file(GLOB man_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/reference/*.md)
set(man_stamp ${CMAKE_BINARY_DIR}/man.stamp)
add_custom_command(
  OUTPUT ${man_stamp}
  COMMAND ${QUIRE_PYTHON} ${QUIRE_SCRIPTS}/mkman ${CMAKE_BINARY_DIR}/man ${CMAKE_SOURCE_DIR}
  COMMAND ${CMAKE_COMMAND} -E touch ${man_stamp}
  DEPENDS ${man_sources} ${QUIRE_SCRIPTS}/mkman ${CMAKE_SOURCE_DIR}/libl4/include/l4/abi/layout.h
  COMMENT "Writing man pages"
  VERBATIM)
add_custom_target(man DEPENDS ${man_stamp})
