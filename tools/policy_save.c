// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nl.h"
#include "policy.h"
#include "value.h"

int policy_save_parse(struct command *cmd, struct args *args)
{
	if (args->n)
		cmd->file = xstrdup(args_next(args));
	return args_end(args);
}

/**
 * policy_known - refuses policies that would lose what this program does not
 *	know when they are written and read again
 */
int policy_known(const struct rule_set *set)
{
	unsigned int i;

	for (i = 0; i < set->n; i++) {
		if (!set->rule[i].unknown)
			continue;
		wrong(set->rule[i].name, "this policy has settings of a later version");
		return EXIT_KERNEL;
	}
	return EXIT_SUCCESS;
}

static void write_all(FILE *f, const struct rule_set *set)
{
	unsigned int i;

	fputs("# for tcpkactl policy restore\n", f);
	for (i = 0; i < set->n; i++) {
		quoted_write(f, set->rule[i].name);
		rule_write(f, &set->rule[i], " ");
		fputc('\n', f);
	}
}

static int failed(const char *file)
{
	wrong(file, "%s", strerror(errno));
	return EXIT_KERNEL;
}

/* Devices and pipes cannot be replaced by a new file. */
static int save_plain(const char *file, const struct rule_set *set)
{
	FILE *f = fopen(file, "we");

	if (!f)
		return failed(file);
	write_all(f, set);
	if (fflush(f) || ferror(f)) {
		failed(file);
		fclose(f);
		return EXIT_KERNEL;
	}
	fclose(f);
	return EXIT_SUCCESS;
}

static int write_synced(int fd, mode_t mode, const struct rule_set *set)
{
	FILE *f = fdopen(fd, "w");
	int ret;

	if (!f) {
		close(fd);
		return -1;
	}
	write_all(f, set);
	ret = fflush(f) || ferror(f) || fchmod(fd, mode) || fsync(fd) ? -1 : 0;
	if (fclose(f))
		ret = -1;
	return ret;
}

/* A reader finds the old file or the new one, never a part. */
static int save_renamed(const char *file, mode_t mode,
			const struct rule_set *set)
{
	char temp[PATH_MAX];
	int fd, n;

	n = snprintf(temp, sizeof(temp), "%s.XXXXXX", file);
	if (n >= (int)sizeof(temp)) {
		errno = ENAMETOOLONG;
		return failed(file);
	}
	fd = mkstemp(temp);
	if (fd < 0)
		return failed(file);
	if (write_synced(fd, mode, set) || rename(temp, file)) {
		failed(file);
		unlink(temp);
		return EXIT_KERNEL;
	}
	return EXIT_SUCCESS;
}

static int save(const char *file, const struct rule_set *set)
{
	mode_t mask = umask(0);
	struct stat st;
	char *real;
	int ret;

	umask(mask);
	if (stat(file, &st))
		return save_renamed(file, 0666 & ~mask, set);
	if (!S_ISREG(st.st_mode))
		return save_plain(file, set);
	/* a symbolic link stays one */
	real = realpath(file, NULL);
	if (!real)
		return failed(file);
	ret = save_renamed(real, st.st_mode & 07777, set);
	free(real);
	return ret;
}

int policy_save_run(struct command *cmd)
{
	struct rule_set set = { 0 };
	int ret;

	ret = set_fetch(&set);
	if (!ret)
		ret = policy_known(&set);
	if (!ret && cmd->file && strcmp(cmd->file, "-"))
		ret = save(cmd->file, &set);
	else if (!ret)
		write_all(stdout, &set);
	set_free(&set);
	return ret;
}
