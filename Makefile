# SPDX-License-Identifier: GPL-2.0-only
#
# tcpka: "make help" tells what there is. The module is built by kbuild, of
# which this file only passes on ARCH, CROSS_COMPILE, LLVM, CC and the like.

KDIR	?= /lib/modules/$(shell uname -r)/build
T	?=
KERNEL	?= 6.1
export KERNEL

prefix	?= /usr/local
DESTDIR	?=

qemu	:= selftests/qemu

all: module tools

need-kdir:
	@test -e $(KDIR)/Makefile || { echo "no kernel build tree in $(KDIR):" \
		"install linux-headers-$$(uname -r) or set KDIR" >&2; exit 1; }

module: need-kdir
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tools:
	$(MAKE) -C tools

check:
	@$(qemu)/deps
	@$(qemu)/run $(T)

.PHONY: all module tools need-kdir check
