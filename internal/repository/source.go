package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"laurel/internal/fetch"
	"laurel/internal/translog"
)

// ErrUnchanged is what a Source says of a file of which the caller has the newest edition.
var ErrUnchanged = fetch.ErrUnchanged

// Source writes a file of a repository to w, by its name below the repository's address, at
// most max bytes of it, and returns a name of its edition, empty for none. Its errors: of a
// file that is not there, one that wraps fs.ErrNotExist; of the edition that the caller
// named, ErrUnchanged; of a longer file, one that wraps fetch.ErrTooLarge.
type Source func(ctx context.Context, name, edition string, max int64, w io.Writer) (string, error)

// Folder is a repository in a folder: one that was carried here, or somebody's mirror.
func Folder(dir string) Source {
	return func(_ context.Context, name, _ string, max int64, w io.Writer) (string, error) {
		f, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return "", err
		}
		defer f.Close()
		n, err := io.Copy(w, io.LimitReader(f, max+1))
		if err == nil && n > max {
			err = fmt.Errorf("%w: %s", fetch.ErrTooLarge, name)
		}
		return "", err
	}
}

// What one update may cost the network.
var webLimits = fetch.Limits{Requests: 2000, Bytes: 1 << 30, Time: 10 * time.Minute}

// Web is a repository at an https address. It is for one update: what that may cost is
// counted from now on.
func Web(client *fetch.Client, base string) (Source, error) {
	if u, err := url.Parse(base); err != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%w: the address of a repository is that of a folder", fetch.ErrRefused)
	}
	base = strings.TrimSuffix(base, "/") + "/"
	session := client.NewSession(webLimits)
	return func(ctx context.Context, name, edition string, max int64, w io.Writer) (string, error) {
		named, err := session.Stream(ctx, base+name, edition, max, w)
		var status fetch.StatusError
		// Stores of files that may not be listed say 403 of one that is not there.
		if errors.As(err, &status) && (status.Code == 404 || status.Code == 410 || status.Code == 403) {
			err = fmt.Errorf("%w: %w", fs.ErrNotExist, err)
		}
		return named, err
	}, nil
}

// read brings a small file.
func (s Source) read(ctx context.Context, name, edition string, max int64) ([]byte, string, error) {
	var b bytes.Buffer
	named, err := s(ctx, name, edition, max, &b)
	if err != nil && !errors.Is(err, ErrUnchanged) {
		return nil, "", fmt.Errorf("%s: %w", name, err)
	}
	if int64(b.Len()) > max {
		return nil, "", fmt.Errorf("%w: %s", fetch.ErrTooLarge, name)
	}
	return b.Bytes(), named, err
}

// tiles are the files of the log.
func (s Source) tiles() translog.Tiles {
	return func(ctx context.Context, path string, max int64) ([]byte, error) {
		content, _, err := s.read(ctx, path, "", max)
		return content, err
	}
}
