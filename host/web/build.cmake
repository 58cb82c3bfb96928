# Puts SHARE/report.html in its place, and builds SHARE/profile.html and
# SHARE/charts with what npm brings into WORK; where that cannot be had, says
# why there and in SHARE/web.log, and lets the build go on.
cmake_minimum_required(VERSION 3.25)

set(page ${SHARE}/profile.html)
set(log ${SHARE}/web.log)
file(MAKE_DIRECTORY ${SHARE})
file(REMOVE ${page})
file(REMOVE_RECURSE ${SHARE}/charts)
file(COPY ${WEB}/report.html DESTINATION ${SHARE})

macro(leave_out reason details)
  file(WRITE ${log} "${reason}\n${details}")
  message("perilune: html profiles and the charts of reports are left out: ${reason}")
  return()
endmacro()

find_program(npm npm)
find_program(node NAMES node nodejs)
if(NOT npm OR NOT node)
  leave_out("npm is missing (apt-get install npm)" "")
endif()

# npm runs once for each lock.
set(installed ${WORK}/installed)
file(SHA256 ${WEB}/package-lock.json lock)
if(EXISTS ${installed})
  file(READ ${installed} installed_lock)
endif()
if(NOT lock STREQUAL installed_lock)
  file(REMOVE ${installed})
  file(COPY ${WEB}/package.json ${WEB}/package-lock.json ${WEB}/.npmrc
    DESTINATION ${WORK})
  execute_process(COMMAND ${npm} ci --ignore-scripts --prefer-offline
      --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=15000
    WORKING_DIRECTORY ${WORK} TIMEOUT 90
    RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(NOT status EQUAL 0)
    leave_out("npm could not fetch its packages" "${said}")
  endif()
  file(WRITE ${installed} ${lock})
endif()

execute_process(COMMAND ${node} ${WEB}/page.mjs ${WEB}/profile.html
    ${WORK}/node_modules/speedscope ${page}
  RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(NOT status EQUAL 0)
  file(REMOVE ${page})
  leave_out("node could not put it together" "${said}")
endif()

list(TRANSFORM CHARTS PREPEND ${WEB}/)
file(COPY ${CHARTS} DESTINATION ${SHARE}/charts)
execute_process(COMMAND ${node} ${WEB}/charts/bundle.mjs ${WORK}/node_modules
    ${SHARE}/charts
  RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(NOT status EQUAL 0)
  file(REMOVE_RECURSE ${SHARE}/charts)
  leave_out("node could not put the charts together" "${said}")
endif()
file(WRITE ${log} "built\n")
