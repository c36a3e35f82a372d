package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"laurel/internal/results"
)

// linkList is the list links.csv of a folder of badges. It grows from run to run: an award
// that was in it stays in it.
type linkList struct {
	path  string
	links []results.Link
	place map[string]int // of an award's ID in links
}

func readLinkList(path string) (*linkList, error) {
	l := &linkList{path: path, place: map[string]int{}}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	links, err := results.ReadLinks(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; move it away, and nothing in it is lost", path, err)
	}
	for _, link := range links {
		l.put(link)
	}
	return l, nil
}

func (l *linkList) put(link results.Link) {
	if at, ok := l.place[link.Award]; ok {
		l.links[at] = link
		return
	}
	l.place[link.Award] = len(l.links)
	l.links = append(l.links, link)
}

// checkOutputs makes the folder for the badges, and finds out before any is issued what
// cannot be written.
func (f *issueFlags) checkOutputs() error {
	if f.out != "" && !f.dryRun {
		err := os.MkdirAll(f.out, 0o700)
		if err == nil {
			err = writableFolder(f.out)
		}
		if err != nil {
			return fmt.Errorf("--out: %w", err)
		}
	}
	if f.refused == "" {
		return nil
	}
	if err := writable(f.refused); err != nil {
		return fmt.Errorf("--refused: %w", err)
	}
	return nil
}

// writable finds before the work what would keep its result from being written.
func writable(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder; name a file", path)
	}
	return writableFolder(filepath.Dir(path))
}

// writableNew is writable where a file that is there is not to be replaced.
func writableNew(path string) error {
	if err := writable(path); err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s exists already; name another file", path)
	}
	return nil
}

func writableFolder(path string) error {
	f, err := os.CreateTemp(path, ".laurel-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// openLinks reads the list in the folder for the badges.
func (r *issuing) openLinks() (err error) {
	if r.flags.out == "" {
		return nil
	}
	r.links, err = readLinkList(filepath.Join(r.flags.out, "links.csv"))
	return err
}

// writeLists writes the lists that go with the badges, also of a run that was interrupted.
func (r *issuing) writeLists() error {
	var err error
	if r.links != nil {
		err = writeCSV(r.links.path, func(w *strings.Builder) error { return results.WriteLinks(w, r.links.links) })
	}
	if r.flags.refused != "" {
		err = errors.Join(err, writeCSV(r.flags.refused, func(w *strings.Builder) error { return results.WriteRefusals(w, r.table) }))
	}
	return err
}

func writeCSV(path string, write func(*strings.Builder) error) error {
	var content strings.Builder
	if err := write(&content); err != nil {
		return err
	}
	return writeFile(path, []byte(content.String()))
}
