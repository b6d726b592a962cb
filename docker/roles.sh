#!/bin/sh
# Runs once, in the database container, when its volume is empty: the two roles and the database.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set owner_password="$OWNER_PASSWORD" --set application_password="$APPLICATION_PASSWORD" <<'SQL'
CREATE ROLE xingheng_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE xingheng_app LOGIN PASSWORD :'application_password';
CREATE DATABASE xingheng OWNER xingheng_owner TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
SQL
