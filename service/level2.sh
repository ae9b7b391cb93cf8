#!/bin/sh
# Makes an installed secgear-device one of level L2 (docs/levels.md): a group of its own, which its users
# are not in, holds the keys. Undo: chmod 755, chgrp root.
#     level2.sh LIBEXEC_FOLDER GROUP STATE_FOLDER
set -eu
programs=$1 group=$2 state=$3
[ "$(id -u)" -eq 0 ] || { echo "level2.sh: only root can do this"; exit 1; }
case $group in
*[!0-9]*) getent group "$group" >/dev/null || groupadd --system "$group" ;;
esac
install -d -m 770 "$state"
chown 0:"$group" "$state" "$programs/secgear-device" "$programs/secgear-zygote"
# Last, and in this order: chown takes set-id bits away, and nobody may run it half done.
chmod 750 "$programs/secgear-zygote"
chmod 2751 "$programs/secgear-device"
