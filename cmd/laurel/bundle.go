package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"laurel/internal/did"
	"laurel/verifier"
)

func newBundle() *cobra.Command {
	f := &verifyFlags{}
	var out string
	c := &cobra.Command{
		Use:   "bundle FILE-OR-URL-OR-DASH",
		Short: "Put a badge and all that its verification needs into one file",
		Long: `Put a badge and all that its verification needs into one file: the issuer's keys, the
status list, the contexts, each as it was served. 'laurel verify' reads the file without a
connection and says as of when it was collected.

The file is signed by a key of yours, whose did:key is printed. What the issuer did not sign,
such as its list of keys, rests on your word: whoever verifies the file where the issuer can
no longer be asked has to name that did:key with --witness.`,
		Args: exactly(1, "one badge"),
		RunE: func(c *cobra.Command, args []string) error { return f.bundle(c.Context(), c, args[0], out) },
	}
	f.add(c)
	c.Flags().StringVar(&out, "out", "", "file to write")
	return c
}

func (f *verifyFlags) bundle(ctx context.Context, c *cobra.Command, input, out string) error {
	if out == "" {
		return usageError{errors.New("name the file to write with --out")}
	}
	if err := f.check(ctx, c); err != nil {
		return usageError{err}
	}
	if err := writableNew(out); err != nil {
		return usageError{fmt.Errorf("--out: %w", err)}
	}
	if err := exist([]string{input}); err != nil {
		return usageError{err}
	}
	key, err := f.data.witness(ctx, c)
	if err != nil {
		return err
	}
	f.hint(c, []string{input})
	v, closeData, err := f.verifier(ctx, c)
	if err != nil {
		return err
	}
	defer closeData()
	var file []byte
	var report *verifier.Report
	if isLink(input) {
		file, report, err = v.BundleURL(ctx, input, verifier.Request{}, key)
	} else {
		raw, readErr := readInput(c, input)
		if readErr != nil {
			return usageError{fmt.Errorf("%s: %w", input, readErr)}
		}
		file, report, err = v.Bundle(ctx, verifier.Request{Input: raw}, key)
	}
	if err != nil {
		return err
	}
	if file == nil {
		printReport(c.ErrOrStderr(), input, report)
		fmt.Fprintln(c.ErrOrStderr(), "laurel: only a valid badge is bundled; nothing was written")
		return exit(statusOf(report))
	}
	if err := writeFile(out, file); err != nil {
		return err
	}
	id, _, err := did.DIDKey(key.Public())
	if err != nil {
		return err
	}
	fmt.Fprintf(c.ErrOrStderr(), "laurel: %s is signed by %s\n", out, id)
	return nil
}
