package main

import (
	"bytes"
	"fmt"
	"os"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

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
			text := payload.Bytes
			if isTerminal(c.OutOrStdout()) {
				text = visible(text)
			}
			_, err = c.OutOrStdout().Write(append(text, '\n'))
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

// visible writes what a terminal would obey, or not show, as escapes.
func visible(text []byte) []byte {
	var out []byte
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size == 1:
			out = fmt.Appendf(out, "\\x%02x", text[0])
		case r != '\n' && r != '\t' && !unicode.IsGraphic(r):
			for _, unit := range utf16.Encode([]rune{r}) {
				out = fmt.Appendf(out, "\\u%04x", unit)
			}
		default:
			out = append(out, text[:size]...)
		}
		text = text[size:]
	}
	return out
}

// must holds a promise of the program to itself.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
