# SPDX-License-Identifier: BSD-2-Clause
# quire.iso: one image for BIOS, UEFI and USB sticks, with the list of its parts' licences. The
# release build also leaves it as build/quire.iso. Target image; not part of the default build,
# because it needs GRUB, xorriso and mtools, which the rest does not.
add_custom_target(image)
if(NOT TARGET quire.elf)
  return()
endif()

set(image ${CMAKE_BINARY_DIR}/quire.iso)
file(GLOB image_scripts CONFIGURE_DEPENDS ${QUIRE_SCRIPTS}/lib/*.py)
set(publish)
set(musl)
if(QUIRE_MUSL_VERSION)
  set(musl --musl ${QUIRE_MUSL_VERSION})
endif()
if(CMAKE_BINARY_DIR STREQUAL "${CMAKE_SOURCE_DIR}/build/release")
  set(publish
      COMMAND ${CMAKE_COMMAND} -E copy ${image} ${CMAKE_SOURCE_DIR}/build/quire.iso
      COMMAND ${CMAKE_COMMAND} -E copy ${image}.licences ${CMAKE_SOURCE_DIR}/build/quire.iso.licences)
endif()
add_custom_command(
  OUTPUT ${image} ${image}.licences
  COMMAND ${QUIRE_PYTHON} ${QUIRE_SCRIPTS}/image --kernel ${CMAKE_BINARY_DIR}/quire.boot.elf
          --archive ${CMAKE_BINARY_DIR}/boot.tar --config ${CMAKE_SOURCE_DIR}/conf/grub.cfg
          --version ${PROJECT_VERSION} --output ${image} ${musl}
  ${publish}
  DEPENDS ${CMAKE_BINARY_DIR}/quire.boot.elf ${CMAKE_BINARY_DIR}/boot.tar
          ${CMAKE_SOURCE_DIR}/conf/grub.cfg ${QUIRE_SCRIPTS}/image ${image_scripts}
  COMMENT "Boot image quire.iso"
  VERBATIM)
add_custom_target(image-file DEPENDS ${image})
add_dependencies(image image-file)
