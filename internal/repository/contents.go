package repository

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"laurel/internal/fetch"
)

// contents is TUF §5.7: what the shards' documents say is brought, by a delta where there is
// one, and checked.
func (u *update) contents() error {
	for _, name := range u.root.Shards {
		if err := u.content(u.shards[name]); err != nil {
			return err
		}
	}
	return nil
}

func (u *update) content(s *Shard) error {
	if u.last != nil && u.last.Shards[s.Name] != nil && u.last.Shards[s.Name].SHA256 == s.SHA256 && u.last.Shards[s.Name].TreeRoot == s.TreeRoot {
		if info, err := os.Stat(filepath.Join(u.public(), contentFile(s.SHA256, s.Name))); err == nil && info.Size() == s.Bytes {
			return nil // it was checked when it was accepted
		}
	}
	if _, err := loadContent(u.public(), s); err == nil {
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, ErrRefused) {
		return err
	}
	if done, err := u.patch(s); done || err != nil {
		return err
	}
	file := contentFile(s.SHA256, s.Name)
	err := u.writeContent(s, func(w io.Writer) error {
		_, err := u.from(u.ctx, file, "", s.Bytes, w)
		if errors.Is(err, fetch.ErrTooLarge) {
			return refuse(file, ErrDigest, "longer than signed")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := loadContent(u.public(), s); err != nil {
		return errors.Join(err, os.Remove(filepath.Join(u.public(), file)))
	}
	return nil
}

// write puts a content in its place if it has the digest that was signed.
func (u *update) writeContent(s *Shard, produce func(io.Writer) error) error {
	file := contentFile(s.SHA256, s.Name)
	return u.write(filepath.Join(u.public(), file), func(w io.Writer) error {
		hash := sha256.New()
		buffered := bufio.NewWriterSize(io.MultiWriter(hash, w), 1<<16)
		if err := produce(buffered); err != nil {
			return err
		}
		if err := buffered.Flush(); err != nil {
			return err
		}
		if hex.EncodeToString(hash.Sum(nil)) != s.SHA256 {
			return refuse(file, ErrDigest, "")
		}
		return nil
	})
}

// patch makes the content from the one that was accepted last, if the source has a delta for
// that and it leads to the digest that was signed. Otherwise the content is brought whole.
func (u *update) patch(s *Shard) (done bool, err error) {
	if u.last == nil || u.last.Shards[s.Name] == nil || u.last.Shards[s.Name].Version >= s.Version {
		return false, nil
	}
	from := u.last.Shards[s.Name]
	file := deltaFile(from.Version, s.Version, s.Name)
	text, _, err := u.from.read(u.ctx, file, "", min(s.Bytes, maxDelta)) // a longer one is not worth it
	if err != nil {
		return false, u.ctx.Err()
	}
	d, err := ReadDelta(text, len(text))
	if err != nil || d.From != from.Version || d.To != s.Version || d.FromSHA256 != from.SHA256 || d.ToSHA256 != s.SHA256 {
		return false, nil
	}
	before, err := loadContent(u.public(), from)
	if err != nil {
		return false, nil
	}
	err = u.writeContent(s, func(w io.Writer) error { return d.apply(before, w) })
	if errors.Is(err, ErrRefused) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if _, err := loadContent(u.public(), s); err != nil {
		return false, os.Remove(filepath.Join(u.public(), contentFile(s.SHA256, s.Name)))
	}
	if u.o.Mirror {
		return true, u.keep(file, text)
	}
	return true, nil
}

// prune removes the contents that neither this state nor the one before needs: readers may
// still be at that.
func (u *update) prune(now *State) error {
	needed := map[string]bool{}
	for _, s := range []*State{now, u.last} {
		if s == nil {
			continue
		}
		for _, shard := range s.Shards {
			needed[contentFile(shard.SHA256, shard.Name)] = true
		}
	}
	files, err := os.ReadDir(u.public())
	if err != nil {
		return err
	}
	var errs error
	for _, f := range files {
		name := f.Name()
		if strings.HasSuffix(name, ".ndjson") && !needed[name] || strings.HasPrefix(name, ".tmp-") {
			errs = errors.Join(errs, os.Remove(filepath.Join(u.public(), name)))
		}
	}
	return errs
}
