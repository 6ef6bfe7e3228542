// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpkactl - sets policies for idle TCP connections and shows what became of
 * them
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nl.h"
#include "tcpkactl.h"

struct options opt;

static int options_parse(int argc, char **argv)
{
	int c;

	/* options stand first: what follows may look like one */
	while ((c = getopt(argc, argv, "+jpNn:b:Vh")) != -1) {
		switch (c) {
		case 'p':
			opt.pretty = true;
			fallthrough;
		case 'j':
			opt.json = true;
			break;
		case 'N':
			opt.numeric = true;
			break;
		case 'n':
			opt.netns = optarg;
			break;
		case 'b':
			opt.batch = optarg;
			break;
		case 'V':
			puts("tcpkactl " VERSION);
			exit(EXIT_SUCCESS);
		case 'h':
			usage_all();
			exit(EXIT_SUCCESS);
		default:
			return EXIT_USAGE;
		}
	}
	return EXIT_SUCCESS;
}

static int one(struct args *args)
{
	struct command cmd;
	int ret;

	ret = command_parse(&cmd, args);
	if (!ret)
		ret = command_run(&cmd);
	command_free(&cmd);
	return ret;
}

/* Output that did not arrive is no success. */
static int finish(int ret)
{
	if (fflush(stdout) || ferror(stdout)) {
		error("standard output: %s", strerror(errno));
		return ret ? ret : EXIT_KERNEL;
	}
	return ret;
}

int main(int argc, char **argv)
{
	struct args args;
	int ret;

	ret = options_parse(argc, argv);
	if (ret)
		return ret;
	args.word = argv + optind;
	args.n = argc - optind;
	if (opt.batch) {
		ret = args_end(&args);
		if (!ret)
			ret = batch(opt.batch);
	} else if (args.n) {
		ret = one(&args);
	} else {
		error("no OBJECT given, see tcpkactl help");
		ret = EXIT_USAGE;
	}
	nl_close();
	return finish(ret);
}
