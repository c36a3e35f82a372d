// Command laurel issues, serves and verifies Open Badges 3.0.
//
// It builds every part and hands each what it needs; the rules are in the packages below.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses. Those of verify tell verdicts apart.
const (
	exitOK            = 0
	exitFailed        = 1 // also: invalid
	exitUntrusted     = 2 // valid, but no registry confirms the issuer
	exitIndeterminate = 3
	exitUsage         = 64
)

// exit ends the program with a status that is not a failure to be explained.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// usageError is a command line that cannot be understood.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }

func main() {
	useMemory(os.Args[1:])
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// What the collector of memory may let lie: a verification leaves some ten kilobytes behind,
// and little lives on, so that by the usual setting it would run every hundred of them. A
// server, which stays, is to take less than 60 MB under load. What may be made to live is
// bounded by what a hostile document may take; commands that hold much of their own, such as
// those that issue, are not: near that bound the collector would do nothing else.
const (
	garbage       = 400       // percent of what lives
	serverGarbage = 200       // the same of a server
	most          = 160 << 20 // bytes in all from which on it runs as often as it must
)

// useMemory is a program's choice for its own process; who runs it may choose otherwise.
func useMemory(args []string) {
	percent := 0
	if len(args) > 0 {
		percent = map[string]int{"serve": serverGarbage, "verify": garbage, "bench": garbage}[args[0]]
	}
	if percent == 0 {
		return
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(most)
	}
}

// run is the program without its process: what it says to people and logs goes to stderr,
// results alone to stdout.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot(args)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var status exit
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &status):
		return int(status)
	case errors.As(err, &usage), strings.HasPrefix(err.Error(), "unknown command"):
		fmt.Fprintf(stderr, "laurel: %s\nSee 'laurel --help'.\n", err)
		return exitUsage
	}
	fmt.Fprintf(stderr, "laurel: %s\n", err)
	return exitFailed
}

// verbs are the commands by their names, as they stand on the command line.
var verbs = []struct {
	name string
	make func() *cobra.Command
}{
	{"serve", newServe}, {"init", newInit}, {"keys", newKeys}, {"achievement", newAchievement}, {"issue", newIssue}, {"award", newAward},
	{"revoke", func() *cobra.Command { return newStateChange("revoke", "End an award for good") }},
	{"suspend", func() *cobra.Command { return newStateChange("suspend", "Make an award not count for the time being") }},
	{"reinstate", func() *cobra.Command { return newStateChange("reinstate", "Make a suspended award count again") }},
	{"verify", newVerify}, {"bundle", newBundle}, {"bake", newBake}, {"unbake", newUnbake}, {"token", newToken}, {"registry", newRegistry}, {"bench", newBench}, {"version", newVersion},
}

// newRoot makes the command that the arguments name or, where they name none first, all of them.
func newRoot(args []string) *cobra.Command {
	root := &cobra.Command{
		Use:           "laurel",
		Short:         "Issue, share and verify Open Badges 3.0",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	for _, verb := range verbs {
		if len(args) > 0 && verb.name == args[0] {
			root.AddCommand(verb.make())
			return root
		}
	}
	for _, verb := range verbs {
		root.AddCommand(verb.make())
	}
	return root
}

// exactly refuses another number of arguments as wrong usage.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{fmt.Errorf("%s expected, %d given", what, len(args))}
		}
		return nil
	}
}
