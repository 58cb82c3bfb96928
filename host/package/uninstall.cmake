# cmake -DMANIFEST=install_manifest.txt -P uninstall.cmake
# Removes what the last installation wrote, and folders that are empty then: all
# below a prefix, but of the system's own prefixes only those that are ours.
if(NOT EXISTS ${MANIFEST})
  message(FATAL_ERROR "nothing was installed from here: no ${MANIFEST}")
endif()
file(STRINGS ${MANIFEST} files)
set(root $ENV{DESTDIR})
foreach(file IN LISTS files)
  file(REMOVE ${root}${file})
endforeach()

set(goes "/perilune(/|$)")
string(REGEX MATCH ";(/[^;]*)/bin/perilune;" program ";${files};")
set(prefix "${CMAKE_MATCH_1}")
if(program AND NOT prefix MATCHES "^/usr(/local)?$")
  string(REGEX REPLACE "([][+.*()^$?|\\\\])" "\\\\\\1" escaped "${prefix}")
  set(goes "${goes}|^${escaped}/")
endif()

foreach(file IN LISTS files)
  cmake_path(GET file PARENT_PATH folder)
  while(folder MATCHES "${goes}")
    file(GLOB rest LIST_DIRECTORIES true ${root}${folder}/*
      ${root}${folder}/.[!.]*)
    if(rest)
      break()
    endif()
    file(REMOVE_RECURSE ${root}${folder})
    cmake_path(GET folder PARENT_PATH folder)
  endwhile()
endforeach()
file(REMOVE ${MANIFEST})
