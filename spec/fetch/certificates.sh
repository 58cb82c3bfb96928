#!/bin/sh
# Makes NAME.pem and NAME.key in a folder: an authority `ca`, and what it has
# signed, rightly and wrongly.
#
#   certificates.sh FOLDER
set -eu
cd "$1"

printf '[req]\ndistinguished_name = name\n[name]\n' >openssl.cnf

certificate() { # NAME OPTION...
  name=$1
  shift
  openssl req -config openssl.cnf -x509 -days 2 -subj "/CN=perilune $name" \
    -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -keyout "$name.key" -out "$name.pem" "$@"
}

signed() { # NAME SUBJECT-ALTERNATIVE-NAMES
  certificate "$1" -CA ca.pem -CAkey ca.key -addext subjectAltName="$2"
}

certificate ca -addext basicConstraints=critical,CA:TRUE \
  -addext keyUsage=critical,keyCertSign
signed server DNS:localhost,IP:127.0.0.1
signed wrong DNS:elsewhere.example
signed client DNS:client.example
certificate alone -addext subjectAltName=DNS:localhost,IP:127.0.0.1
openssl req -config openssl.cnf -new -key server.key -subj '/CN=perilune past' \
  -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -out past.csr
openssl x509 -req -in past.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
  -days -1 -copy_extensions copy -out past.pem
