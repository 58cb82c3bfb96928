# Before a .deb is made: Debian wants manual and changelog compressed, without
# names and times, and the changelog in a form of its own; its zsh looks for the
# completions of packages in a folder of their own.
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY}${CPACK_PACKAGING_INSTALL_PREFIX})
set(manual ${root}/share/man/man1/perilune.1)
set(changelog ${root}/share/doc/perilune/changelog)
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${changelog}
"perilune (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * CHANGELOG.md tells what is new.

 -- ${CPACK_PACKAGE_CONTACT}  ${now}
")
file(RENAME ${root}/share/zsh/site-functions
  ${root}/share/zsh/vendor-completions)
execute_process(COMMAND gzip -9n ${changelog} ${manual}
  COMMAND_ERROR_IS_FATAL ANY)
