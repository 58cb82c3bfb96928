# cmake -DROOT=host/lua -DOUTPUT=embedded.c "-DFILES=a.lua;b/c.lua" -P embed.cmake
# Writes the table of host/modules.h from files below ROOT.
set(texts "")
set(entries "")
set(i 0)
foreach(file IN LISTS FILES)
  file(READ ${ROOT}/${file} hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(APPEND texts "static const unsigned char text_${i}[] = {${bytes}0};\n")
  string(REGEX REPLACE "(/init)?\\.lua$" "" name ${file})
  string(REPLACE "/" "." name ${name})
  string(APPEND entries "    {\"${name}\", \"${file}\", text_${i}, "
    "sizeof text_${i} - 1},\n")
  math(EXPR i "${i} + 1")
endforeach()
file(WRITE ${OUTPUT} "#include \"host/modules.h\"\n\n${texts}\n"
  "const Embedded embedded_files[] = {\n${entries}"
  "    {NULL, NULL, NULL, 0},\n};\n")
