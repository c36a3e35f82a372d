package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"laurel/internal/durable"
)

// rehearse updates a client of our own from what is published to the candidate.
func (w *Writer) rehearse(ctx context.Context, now *published, c *candidate, p Publication) (*State, error) {
	dir, err := os.MkdirTemp(w.dir, ".rehearsal-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	trusted := rootFile(1)
	if now != nil {
		trusted = rootFile(now.root.Version)
	}
	first, err := os.ReadFile(filepath.Join(w.public(), trusted))
	if errors.Is(err, fs.ErrNotExist) {
		first, err = c.files[trusted], nil
	}
	if err != nil {
		return nil, err
	}
	client, err := openClient(dir, first, writeQuick)
	if err != nil {
		return nil, err
	}
	if now != nil {
		known := func(ctx context.Context, name, edition string, max int64, out io.Writer) (string, error) {
			if name == rootFile(now.root.Version+1) {
				return "", fs.ErrNotExist // it was published when publishing was interrupted
			}
			return Folder(w.public())(ctx, name, edition, max, out)
		}
		if _, err := client.Update(ctx, known, Options{Now: now.timestamp.Issued}); err != nil {
			return nil, fmt.Errorf("what is published: %w", err)
		}
	}
	if _, err := client.Update(ctx, w.preview(c), Options{Now: p.Now}); err != nil {
		return nil, err
	}
	state, err := client.State()
	if err == nil {
		state.dir = w.public() // where it will be
	}
	return state, err
}

// writeQuick writes a file that need not survive.
func writeQuick(path string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// preview is what clients would see.
func (w *Writer) preview(c *candidate) Source {
	return func(ctx context.Context, name, edition string, max int64, out io.Writer) (string, error) {
		if document, ok := c.files[name]; ok {
			_, err := io.Copy(out, io.LimitReader(bytes.NewReader(document), max+1))
			return "", err
		}
		if strings.HasSuffix(name, ".ndjson") {
			if named, err := Folder(w.staged())(ctx, name, edition, max, out); !errors.Is(err, fs.ErrNotExist) {
				return named, err
			}
		}
		return Folder(w.public())(ctx, name, edition, max, out)
	}
}

// release moves the candidate's files to where they are served: contents first, then what
// leads to them, the root after that, for it is obeyed as soon as it is there, and the
// timestamp last.
func (w *Writer) release(c *candidate) error {
	for _, name := range c.contents {
		content, err := os.ReadFile(filepath.Join(w.staged(), name))
		if err != nil {
			return err
		}
		if err := durable.Replace(filepath.Join(w.public(), name), content); err != nil {
			return err
		}
	}
	for _, late := range []func(string) bool{
		func(name string) bool { return name != timestampFile && !strings.HasSuffix(name, ".root.json") },
		func(name string) bool { return strings.HasSuffix(name, ".root.json") },
		func(name string) bool { return name == timestampFile },
	} {
		for name, document := range c.files {
			if !late(name) {
				continue
			}
			if err := durable.Replace(filepath.Join(w.public(), name), document); err != nil {
				return err
			}
		}
	}
	var errs error
	for _, name := range slices.Concat(slices.Collect(maps.Keys(c.files)), c.contents) {
		if err := os.Remove(filepath.Join(w.staged(), name)); !errors.Is(err, fs.ErrNotExist) {
			errs = errors.Join(errs, err)
		}
	}
	return errs
}
