// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the unit tests when it is loaded and prints KTAP into the kernel log.
 */

#define pr_fmt(fmt) "tcpka_unit: " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "unit.h"

#define TCPKA_UNIT_ENTRY(name) { #name, name },

static const struct {
	const char *name;
	void (*run)(struct tcpka_unit *unit);
} tcpka_unit_cases[] = {
	TCPKA_UNIT_CASES(TCPKA_UNIT_ENTRY)
};

static int __init tcpka_unit_init(void)
{
	struct tcpka_unit unit;
	unsigned int i;

	pr_info("1..%zu\n", ARRAY_SIZE(tcpka_unit_cases));
	for (i = 0; i < ARRAY_SIZE(tcpka_unit_cases); i++) {
		unit.name = tcpka_unit_cases[i].name;
		unit.failed = 0;
		tcpka_unit_cases[i].run(&unit);
		pr_info("%s %u - %s\n", unit.failed ? "not ok" : "ok", i + 1,
			unit.name + strlen("tcpka_unit_"));
		cond_resched();
	}
	return 0;
}

static void __exit tcpka_unit_exit(void)
{
}

module_init(tcpka_unit_init);
module_exit(tcpka_unit_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Unit tests of tcpka");
