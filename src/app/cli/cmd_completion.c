/* loligo completion: scripts for the shells, made from the command and option tables. */
#include "app/cli/commands.h"

#include <string.h>

/* ---- bash --------------------------------------------------------------------------------------- */

static void put_word(void *user, const char *word, size_t length) {
  (void)user;
  (void)printf(" %.*s", (int)length, word);
}

static void bash_words(const cli_option *options, size_t n) {
  for (size_t k = 0; k < n; k++) (void)printf(" --%s", options[k].name);
  for (size_t k = 0; k < n; k++)
    if (strcmp(options[k].name, "output") == 0) (void)printf(" -o");
}

static void bash_choices(const char *command, const cli_option *options, size_t n) {
  for (size_t k = 0; k < n; k++) {
    if (options[k].kind != CLI_CHOICE) continue;
    (void)printf("  \"%s:--%s\") words='", command, options[k].name);
    cli_each_choice(&options[k], put_word, NULL);
    (void)printf("' ;;\n");
  }
}

/* First words, or second words after a first one, each once. */
static void bash_heads(const char *first) {
  size_t n;
  const cli_command *const *commands = cli_commands(&n);
  for (size_t k = 0; k < n; k++) {
    const char *name = commands[k]->name, *space = strchr(name, ' ');
    if (first) {
      const size_t length = strlen(first);
      if (space && (size_t)(space - name) == length && strncmp(name, first, length) == 0)
        (void)printf(" %s", space + 1);
      continue;
    }
    const size_t length = space ? (size_t)(space - name) : strlen(name);
    bool seen = false;
    for (size_t j = 0; j < k && !seen; j++)
      seen = strncmp(commands[j]->name, name, length) == 0 &&
             (commands[j]->name[length] == ' ' || commands[j]->name[length] == '\0');
    if (!seen) (void)printf(" %.*s", (int)length, name);
  }
}

static void bash(void) {
  size_t n, n_common;
  const cli_command *const *commands = cli_commands(&n);
  const cli_option *common = cli_common_options(&n_common);
  (void)printf("# bash completion of loligo; eval \"$(loligo completion bash)\"\n_loligo() {\n"
               "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command='' words=''\n"
               "  if (( COMP_CWORD == 1 )); then\n    COMPREPLY=( $(compgen -W '");
  bash_heads(NULL);
  (void)printf("' -- \"$cur\") )\n    return\n  fi\n  case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n");
  for (size_t pass = 0; pass < 2; pass++)
    for (size_t k = 0; k < n; k++) {
      const bool two = strchr(commands[k]->name, ' ') != NULL;
      if (two == (pass == 0))
        (void)printf("  \"%s\"%s) command='%s' ;;\n", commands[k]->name, two ? "" : "\" \"*", commands[k]->name);
    }
  (void)printf("  esac\n  case \"$command:$prev\" in\n");
  for (size_t k = 0; k < n; k++) {
    bash_choices(commands[k]->name, commands[k]->options, commands[k]->n_options);
    bash_choices(commands[k]->name, common, n_common);
  }
  (void)printf("  esac\n  if [[ -z $words && $cur == -* ]]; then\n    case \"$command\" in\n");
  for (size_t k = 0; k < n; k++) {
    (void)printf("    \"%s\") words='", commands[k]->name);
    bash_words(commands[k]->options, commands[k]->n_options);
    bash_words(common, n_common);
    (void)printf("' ;;\n");
  }
  (void)printf("    esac\n  elif [[ -z $words ]] && (( COMP_CWORD == 2 )); then\n    case \"${COMP_WORDS[1]}\" in\n");
  for (size_t k = 0; k < n; k++) {
    const char *space = strchr(commands[k]->name, ' ');
    char first[64];
    if (!space) continue;
    (void)snprintf(first, sizeof first, "%.*s", (int)(space - commands[k]->name), commands[k]->name);
    (void)printf("    %s) words='", first);
    bash_heads(first);
    (void)printf("' ;;\n");
  }
  (void)printf("    help) words='units formats exit-codes");
  bash_heads(NULL);
  (void)printf("' ;;\n    completion) words='bash zsh fish' ;;\n    esac\n  fi\n"
               "  COMPREPLY=( $(compgen -W \"$words\" -- \"$cur\") )\n}\ncomplete -o default -F _loligo loligo\n");
}

/* ---- zsh ---------------------------------------------------------------------------------------- */

/* Inside single quotes; [ ] : have a meaning of their own there. */
static void zsh_text(const char *text) {
  for (const char *p = text; *p; p++) {
    if (*p == '\'') (void)fputs("'\\''", stdout);
    else if (*p == '[' || *p == ']' || *p == ':') (void)printf("\\%c", *p);
    else (void)fputc(*p, stdout);
  }
}

static void zsh_options(const cli_option *options, size_t n) {
  for (size_t k = 0; k < n; k++) {
    const cli_option *o = &options[k];
    (void)printf(" \\\n      '--%s%s[", o->name, o->value ? "=" : "");
    zsh_text(o->help);
    (void)printf("]");
    if (o->kind == CLI_CHOICE) {
      (void)printf(":%s:(", o->name);
      cli_each_choice(o, put_word, NULL);
      (void)printf(")");
    } else if (o->value) {
      (void)printf(":%s:%s", o->value,
                   o->kind == CLI_INPUT || o->kind == CLI_OUTPUT || o->kind == CLI_TEXT ? "_files" : "");
    }
    (void)printf("'");
    if (strcmp(o->name, "output") == 0) (void)printf(" \\\n      '-o[write there]:FILE:_files'");
  }
}

static void zsh(void) {
  size_t n, n_common;
  const cli_command *const *commands = cli_commands(&n);
  const cli_option *common = cli_common_options(&n_common);
  (void)printf("#compdef loligo\n# zsh completion of loligo: put it into a folder of $fpath as _loligo\n_loligo() {\n"
               "  local -a commands\n  if (( CURRENT == 2 )); then\n    commands=(");
  bash_heads(NULL);
  (void)printf(" )\n    compadd -a commands\n    return\n  fi\n  case \"$words[2] $words[3]\" in\n");
  for (size_t pass = 0; pass < 2; pass++)
    for (size_t k = 0; k < n; k++) {
      const bool two = strchr(commands[k]->name, ' ') != NULL;
      if (two != (pass == 0)) continue;
      (void)printf("  \"%s\"%s)\n    _arguments", commands[k]->name, two ? "" : "\" \"*");
      zsh_options(commands[k]->options, commands[k]->n_options);
      zsh_options(common, n_common);
      if (strcmp(commands[k]->name, "completion") == 0) (void)printf(" \\\n      '*:shell:(bash zsh fish)'\n    ;;\n");
      else (void)printf(" \\\n      '*:file:_files'\n    ;;\n");
    }
  (void)printf("  *)\n    if (( CURRENT == 3 )); then\n      case \"$words[2]\" in\n");
  for (size_t k = 0; k < n; k++) {
    const char *space = strchr(commands[k]->name, ' ');
    char first[64];
    if (!space) continue;
    (void)snprintf(first, sizeof first, "%.*s", (int)(space - commands[k]->name), commands[k]->name);
    (void)printf("      %s) compadd --", first);
    bash_heads(first);
    (void)printf(" ;;\n");
  }
  (void)printf("      esac\n    fi\n    ;;\n  esac\n}\n_loligo \"$@\"\n");
}

/* ---- fish --------------------------------------------------------------------------------------- */

static void fish_text(const char *text) {
  for (const char *p = text; *p; p++) {
    if (*p == '\'' || *p == '\\') (void)fputc('\\', stdout);
    (void)fputc(*p, stdout);
  }
}

static void fish_options(const char *condition, const cli_option *options, size_t n) {
  for (size_t k = 0; k < n; k++) {
    const cli_option *o = &options[k];
    (void)printf("complete -c loligo -n '%s' -l %s", condition, o->name);
    if (strcmp(o->name, "output") == 0) (void)printf(" -s o");
    if (o->kind == CLI_CHOICE) {
      (void)printf(" -x -a '");
      cli_each_choice(o, put_word, NULL);
      (void)printf("'");
    } else if (o->value) {
      (void)printf(" -r");
    }
    (void)printf(" -d '");
    fish_text(o->help);
    (void)printf("'\n");
  }
}

static void fish(void) {
  size_t n, n_common;
  const cli_command *const *commands = cli_commands(&n);
  const cli_option *common = cli_common_options(&n_common);
  (void)printf("# fish completion of loligo: loligo completion fish > ~/.config/fish/completions/loligo.fish\n");
  for (size_t k = 0; k < n; k++) {
    const char *name = commands[k]->name, *space = strchr(name, ' ');
    char condition[256];
    if (space) {
      (void)printf("complete -c loligo -n __fish_use_subcommand -f -a %.*s\n", (int)(space - name), name);
      (void)printf("complete -c loligo -n '__fish_seen_subcommand_from %.*s' -f -a %s -d '", (int)(space - name), name,
                   space + 1);
      (void)snprintf(condition, sizeof condition,
                     "__fish_seen_subcommand_from %.*s; and __fish_seen_subcommand_from %s", (int)(space - name), name,
                     space + 1);
    } else {
      (void)printf("complete -c loligo -n __fish_use_subcommand -f -a %s -d '", name);
      (void)snprintf(condition, sizeof condition, "__fish_seen_subcommand_from %s", name);
    }
    fish_text(commands[k]->summary);
    (void)printf("'\n");
    fish_options(condition, commands[k]->options, commands[k]->n_options);
  }
  fish_options("true", common, n_common);
  (void)printf("complete -c loligo -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n");
}

static int run_completion(cli_run *run) {
  const char *shell = cli_positional(run, 0);
  static const char *const shells[] = {"bash", "zsh", "fish"};
  if (strcmp(shell, "bash") == 0) bash();
  else if (strcmp(shell, "zsh") == 0) zsh();
  else if (strcmp(shell, "fish") == 0) fish();
  else {
    const char *near = cli_nearest(shell, shells, 3);
    if (near) return cli_usage(run, "no completion for '%s'; did you mean '%s'?", shell, near);
    return cli_usage(run, "no completion for '%s'; there is one for bash, zsh and fish", shell);
  }
  return CLI_OK;
}

const cli_command cli_completion_command = {
    .name = "completion",
    .arguments = "bash|zsh|fish",
    .summary = "Print the completion script of a shell.",
    .example = "eval \"$(loligo completion bash)\"",
    .min_positional = 1,
    .max_positional = 1,
    .run = run_completion,
};
