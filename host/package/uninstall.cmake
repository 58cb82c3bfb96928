# cmake -DMANIFEST=install_manifest.txt -P uninstall.cmake
# Removes what the last installation wrote, and folders of ours that are empty.
if(NOT EXISTS ${MANIFEST})
  message(FATAL_ERROR "nothing was installed from here: no ${MANIFEST}")
endif()
file(STRINGS ${MANIFEST} files)
set(root $ENV{DESTDIR})
foreach(file IN LISTS files)
  file(REMOVE ${root}${file})
endforeach()

# Upwards, as long as a folder is ours.
foreach(file IN LISTS files)
  cmake_path(GET file PARENT_PATH folder)
  while(folder MATCHES "/perilune(/|$)")
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
