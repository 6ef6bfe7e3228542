// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the object and the command that words name, and has the rest parsed.
 */
#include <stdio.h>
#include <string.h>

#include "tcpkactl.h"

static const struct object *const objects[] = {
	&policy_object, &flow_object, &stats_object, &monitor_object,
	&config_object,
};

/**
 * args_next - takes the next word, NULL if there is none
 */
char *args_next(struct args *args)
{
	if (!args->n)
		return NULL;
	args->n--;
	return *args->word++;
}

/**
 * args_end - complains about words that are left
 */
int args_end(struct args *args)
{
	if (!args->n)
		return EXIT_SUCCESS;
	return wrong(*args->word, "nothing more is expected here");
}

/**
 * name_parse - takes the name of a policy, which must be there
 */
int name_parse(struct rule *r, struct args *args)
{
	const char *name = args_next(args);

	if (name)
		return policy_name(r, name);
	error("the NAME of a policy is missing");
	return EXIT_USAGE;
}

/**
 * abbreviates - whether @word is @name or the beginning of it
 */
bool abbreviates(const char *word, const char *name)
{
	return *word && !strncmp(word, name, strlen(word));
}

static void usage_object(FILE *f, const struct object *o)
{
	const struct verb *v;

	for (v = o->verbs; v->name; v++)
		fprintf(f, "  tcpkactl %s%s%s%s%s\n", o->name,
			*v->name ? " " : "", v->name, *v->usage ? " " : "",
			v->usage);
}

static const char match_words[] =
	"MATCH   := on { local | forward } | family { ipv4 | ipv6 }\n"
	"         | src PREFIX | dst PREFIX | sport PORT[-PORT] | dport PORT[-PORT]\n"
	"         | iif DEV | oif DEV | mark VALUE[/MASK]\n"
	"         | uid UID[-UID] | cgroup PATH\n";

static const char setting_words[] =
	"SETTING := keepalive TIME [ intvl TIME ] [ probes N ]\n"
	"         | idle TIME | max-age TIME\n"
	"         | half-open TIME | half-closed TIME | time-wait TIME\n"
	"         | action { rst | fin | drop | none } | dead { rst | fin | drop | none }\n"
	"         | override { yes | no }\n";

static const char filter_words[] =
	"FILTER  := MATCH words, and: host PREFIX | port PORT[-PORT] (either side)\n"
	"         | state STATE | policy NAME | idle-gt TIME\n"
	"STATE   := syn-sent | syn-recv | established | fin-wait | close-wait\n"
	"         | last-ack | closing | time-wait | closed\n";

static const char time_words[] =
	"TIME    := 250ms | 30s | 5m | 2h | 1d | off     (a bare number is seconds)\n";

static const char key_words[] =
	"KEY     := max-flows | probe-rate | linger | pickup | fin-wait\n"
	"         | fin-quiet\n";

/* NULL for all */
static void usage_words(FILE *f, const struct object *o)
{
	bool policy = !o || o == &policy_object;
	bool flow = !o || o == &flow_object;
	bool config = !o || o == &config_object;

	if (policy || flow)
		fputs(match_words, f);
	if (policy)
		fputs(setting_words, f);
	if (flow)
		fputs(filter_words, f);
	if (config)
		fputs(key_words, f);
	if (policy || flow || config)
		fputs(time_words, f);
}

void usage_all(void)
{
	unsigned int i;

	puts("Usage: tcpkactl [ -j | -p | -N | -n NETNS | -V ] OBJECT { COMMAND | help }\n"
	     "       tcpkactl [ -j | -p | -N | -n NETNS ] -b FILE\n"
	     "  -j         JSON\n"
	     "  -p         JSON, laid out for people\n"
	     "  -N         ports as numbers\n"
	     "  -n NETNS   in this network namespace\n"
	     "  -b FILE    commands from FILE, - for standard input, one a line. All lines are\n"
	     "             read before the first is done. If all of them change policies\n"
	     "             they are done at once or not at all, else one after the other up\n"
	     "             to the first that the kernel refuses, which is named.\n"
	     "  -V         version");
	for (i = 0; i < ARRAY_SIZE(objects); i++)
		usage_object(stdout, objects[i]);
	usage_words(stdout, NULL);
}

static int help_run(struct command *cmd)
{
	if (!cmd->help) {
		usage_all();
		return EXIT_SUCCESS;
	}
	puts("Usage:");
	usage_object(stdout, cmd->help);
	usage_words(stdout, cmd->help);
	return EXIT_SUCCESS;
}

static const struct verb help_verb = {
	.name = "help",
	.run = help_run,
};

static const struct object *object_find(const char *word)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(objects); i++)
		if (abbreviates(word, objects[i]->name))
			return objects[i];
	return NULL;
}

static const struct verb *verb_find(const struct object *o, const char *word)
{
	const struct verb *v;

	for (v = o->verbs; v->name; v++)
		if (abbreviates(word, v->name))
			return v;
	return NULL;
}

static bool wants_help(const struct args *args)
{
	return args->n == 1 && !strcmp(*args->word, "help");
}

static int verb_parse(struct command *cmd, const struct object *o,
		      struct args *args)
{
	cmd->verb = args->n ? verb_find(o, *args->word) : o->otherwise;
	if (args->n && cmd->verb)
		args_next(args);
	if (args->n && !cmd->verb && !abbreviates(*args->word, "help")) {
		if (!o->bare)
			return wrong(*args->word, "unknown command of %s, see tcpkactl %s help",
				     o->name, o->name);
		cmd->verb = o->otherwise;
	}
	if (!cmd->verb || wants_help(args)) {
		cmd->verb = &help_verb;
		cmd->help = o;
		return EXIT_SUCCESS;
	}
	return cmd->verb->parse(cmd, args);
}

/**
 * command_parse - makes a command of words
 *
 * The command must be freed, whatever is returned.
 */
int command_parse(struct command *cmd, struct args *args)
{
	const struct object *o;
	const char *word;

	memset(cmd, 0, sizeof(*cmd));
	cmd->place = place_get();
	cmd->rule.place = cmd->place;
	word = args_next(args);
	o = object_find(word);
	if (o)
		return verb_parse(cmd, o, args);
	if (!abbreviates(word, "help"))
		return wrong(word, "unknown object, see tcpkactl help");
	cmd->verb = &help_verb;
	return args_end(args);
}

int command_run(struct command *cmd)
{
	return cmd->verb->run(cmd);
}

void command_free(struct command *cmd)
{
	rule_free(&cmd->rule);
	set_free(&cmd->set);
	free(cmd->file);
	cmd->file = NULL;
}
