# SPDX-License-Identifier: BSD-2-Clause
# Target quire-help: what can be built, in words.
add_custom_target(
  quire-help
  COMMAND ${CMAKE_COMMAND} -E echo "kernel        quire.elf, with quire.lst, quire.sym, quire.su, quire.map"
  COMMAND ${CMAKE_COMMAND} -E echo "programs      pager, root task, servers, system tests (symbols/)"
  COMMAND ${CMAKE_COMMAND} -E echo "archive       boot.tar, the one boot module"
  COMMAND ${CMAKE_COMMAND} -E echo "image         quire.iso and quire.iso.licences"
  COMMAND ${CMAKE_COMMAND} -E echo "unit-tests    cmocka programs for the host (unit/)"
  COMMAND ${CMAKE_COMMAND} -E echo "bench-plugin  rounds.so, the QEMU plugin of scripts/bench (bench/)"
  COMMAND ${CMAKE_COMMAND} -E echo "man           man pages of calls and operations (man/)"
  VERBATIM)
