# SPDX-License-Identifier: GPL-2.0-only
#
# tcpka: "make help" tells what there is. The module is built by kbuild, so
# ARCH, CROSS_COMPILE, LLVM, CC, C= and W= mean what they mean there.

KDIR	?= /lib/modules/$(shell uname -r)/build
prefix	?= /usr/local
DESTDIR	?=

# Tests by name, all if empty, and the kernel they run on.
T	?=
KERNEL	?= 6.1
export KERNEL

qemu	:= selftests/qemu

# In the order in which they are looked for.
ifneq ($(LLVM),)
need-cc	:= $(if $(filter %/,$(LLVM)),$(LLVM))clang$(filter -%,$(LLVM)):clang
else ifeq ($(origin CC),default)
need-cc	:= $(CROSS_COMPILE)gcc:gcc$(if $(CROSS_COMPILE),-$(CROSS_COMPILE:-=))
else
need-cc	:= $(firstword $(CC)):gcc
endif

all: module tools

need-kdir:
	@test -e "$(KDIR)/Makefile" || { echo "no kernel build tree in" \
		"$(KDIR): install linux-headers-$$(uname -r) or set KDIR" >&2; \
		exit 1; }
	@command -v $(word 1,$(subst :, ,$(need-cc))) >/dev/null || { echo \
		"$(word 1,$(subst :, ,$(need-cc))) is missing: install the" \
		"package $(word 2,$(subst :, ,$(need-cc)))" >&2; exit 1; }
	@$(if $(filter undefined,$(origin CONFIG_DEBUG_INFO_BTF_MODULES)),,true) \
		command -v $(or $(PAHOLE),pahole) >/dev/null || \
		! test -e "$(KDIR)/vmlinux" || \
		! grep -qs '^CONFIG_DEBUG_INFO_BTF_MODULES=y' \
			"$(KDIR)/include/config/auto.conf" || { \
		echo "$(or $(PAHOLE),pahole) is missing: install the package" \
		"pahole, or add CONFIG_DEBUG_INFO_BTF_MODULES=" >&2; exit 1; }

module: need-kdir
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tools:
	$(MAKE) -C tools

check:
	@$(qemu)/deps
	@$(qemu)/run $(T)

check-here: all
	@$(MAKE) -s -C selftests programs unit-module
	@$(qemu)/here $(T)

check-mutants:
	@$(qemu)/deps
	@$(qemu)/mutants $(T)

check-debug:
	@$(qemu)/deps debug
	@$(qemu)/run --canary
	@$(qemu)/run --kernel debug $(T)

check-kernels:
	@$(qemu)/deps
	@$(qemu)/kernels-all $(T)

bench:
	@$(qemu)/deps
	@selftests/bench/run

bench-compare:
	@$(qemu)/deps
	@selftests/bench/run --compare

lint:
	@$(qemu)/deps lint
	@$(qemu)/lint

demo:
	@$(qemu)/deps
	@$(qemu)/run --demo $(qemu)/demo

install: need-kdir
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(DESTDIR) \
		modules_install
	$(MAKE) -C tools install DESTDIR=$(DESTDIR) prefix=$(prefix)

uninstall: need-kdir
	release=$$(awk -F'"' '/UTS_RELEASE/ { print $$2 }' \
		$(KDIR)/include/generated/utsrelease.h) && \
	rm -f $(DESTDIR)/lib/modules/$$release/updates/tcpka.ko* \
		$(DESTDIR)/lib/modules/$$release/extra/tcpka.ko* \
		$(if $(DESTDIR),,&& depmod $$release)
	$(MAKE) -C tools uninstall DESTDIR=$(DESTDIR) prefix=$(prefix)

# Also where there is no kernel tree to ask.
clean:
	find module selftests -name '*.o' -delete -o -name '.*.cmd' -delete
	find selftests -name '*.ko' -delete -o -name '*.mod*' -delete
	rm -f tcpka.ko tcpka.o tcpka.mod* .tcpka.* .module-common.o \
		.modules.order.cmd .Module.symvers.cmd modules.order Module.symvers
	$(MAKE) -C tools clean
	$(MAKE) -C selftests clean

help:
	@echo 'make                 tcpka.ko, for the kernel of KDIR, and tools/tcpkactl'
	@echo 'make demo            the main job, shown in a virtual machine'
	@echo 'make check           all selftests, in virtual machines'
	@echo 'make check T="a b"   only these'
	@echo 'make check-here      all selftests on this kernel, as root, in namespaces'
	@echo 'make check-mutants   do the tests find the faults of selftests/mutants?'
	@echo 'make check-debug     all selftests on a kernel with all debugging options'
	@echo 'make check-kernels   all selftests on each kernel of selftests/qemu/kernels'
	@echo 'make bench           what it costs, beside nf_conntrack; bench.json'
	@echo 'make bench-compare   is it dearer than when bench.json was kept?'
	@echo 'make lint            the static checks'
	@echo 'make install         module, tool, manual, completion, service unit'
	@echo 'make uninstall       takes them away'
	@echo 'make clean           removes what make has built'
	@echo
	@echo 'KDIR=DIR ARCH= CROSS_COMPILE= LLVM=1    as for the kernel'
	@echo 'KERNEL=6.12          for check: a name of selftests/qemu/kernels, or a vmlinuz'
	@echo 'DESTDIR= prefix=     for install'
	@echo 'TCPKA_CACHE=DIR      kernels, builds and results (~/.cache/tcpka)'

.PHONY: all need-kdir module tools check check-here check-mutants check-debug \
	check-kernels bench bench-compare lint demo install uninstall clean help
