package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"laurel/internal/bake"
)

func newBake() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "bake IMAGE CREDENTIAL",
		Short: "Put a credential into a PNG or SVG picture",
		Args:  exactly(2, "a picture and a credential"),
		RunE: func(_ *cobra.Command, args []string) error {
			image, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			credential, err := os.ReadFile(args[1])
			if err != nil {
				return err
			}
			baked, err := bakeInto(image, bytes.TrimSpace(credential))
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			return writeFile(out, baked)
		},
	}
	c.Flags().StringVar(&out, "out", "", "file to write")
	must(c.MarkFlagRequired("out"))
	return c
}

func bakeInto(image, credential []byte) ([]byte, error) {
	switch bake.Detect(image) {
	case bake.PNG:
		return bake.BakePNG(image, credential)
	case bake.SVG:
		return bake.BakeSVG(image, credential, !bytes.HasPrefix(credential, []byte("{")))
	}
	return nil, fmt.Errorf("neither a PNG nor an SVG picture")
}

func newUnbake() *cobra.Command {
	return &cobra.Command{
		Use:   "unbake IMAGE",
		Short: "Write the credential in a picture to standard output",
		Args:  exactly(1, "one picture"),
		RunE: func(c *cobra.Command, args []string) error {
			image, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			payload, err := unbake(image)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			for _, warning := range payload.Warnings {
				fmt.Fprintf(c.ErrOrStderr(), "laurel: %s: %s\n", args[0], warning)
			}
			_, err = c.OutOrStdout().Write(append(payload.Bytes, '\n'))
			return err
		},
	}
}

func unbake(image []byte) (bake.Payload, error) {
	switch bake.Detect(image) {
	case bake.PNG:
		return bake.UnbakePNG(image)
	case bake.SVG:
		return bake.UnbakeSVG(image)
	}
	return bake.Payload{}, fmt.Errorf("neither a PNG nor an SVG picture")
}

// must holds a promise of the program to itself.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
