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
	useMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// What the collector of memory may let lie: a verification leaves some ten kilobytes behind,
// and little lives on, so that by the usual setting it would run every hundred of them.
const (
	garbage = 400       // percent of what lives
	most    = 160 << 20 // bytes in all from which on it runs as often as it must
)

// useMemory is a program's choice for its own process; who runs it may choose otherwise.
func useMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(most)
	}
}

// run is the program without its process: what it says to people and logs goes to stderr,
// results alone to stdout.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
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

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "laurel",
		Short:         "Issue, share and verify Open Badges 3.0",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(
		newServe(), newInit(), newKeys(), newAchievement(), newIssue(), newAward(),
		newStateChange("revoke", "End an award for good"),
		newStateChange("suspend", "Make an award not count for the time being"),
		newStateChange("reinstate", "Make a suspended award count again"),
		newVerify(), newBundle(), newBake(), newUnbake(), newToken(), newBench(), newVersion(),
	)
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
