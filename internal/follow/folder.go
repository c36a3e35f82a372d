package follow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"laurel/internal/durable"
	"laurel/internal/fetch"
	"laurel/internal/repository"
)

// The files beside a copy that say which registry it is, and where it comes from.
const (
	rootName    = "trusted-root.json"
	addressName = "address"
)

// ErrNotFollowed: the folder is not a copy of a registry.
var ErrNotFollowed = errors.New("no registry is followed there")

// Begin opens a folder in which to follow a registry from an address, https or another
// folder, or makes one. A folder that follows another registry is refused; the address of the
// same may change.
func Begin(dir string, root []byte, address string) (*Follower, error) {
	held, err := os.ReadFile(filepath.Join(dir, rootName))
	switch {
	case err == nil && !bytes.Equal(held, root):
		return nil, fmt.Errorf("%s follows a registry with another root; choose another folder", dir)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	f, err := Open(dir, root)
	if err != nil {
		return nil, err
	}
	f.address = address
	if err := durable.Replace(filepath.Join(dir, rootName), root); err != nil {
		return nil, err
	}
	return f, durable.Replace(filepath.Join(dir, addressName), []byte(address+"\n"))
}

// Reopen opens a folder that Begin made.
func Reopen(dir string) (*Follower, error) {
	root, err := os.ReadFile(filepath.Join(dir, rootName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNotFollowed, dir)
	}
	if err != nil {
		return nil, err
	}
	address, err := os.ReadFile(filepath.Join(dir, addressName))
	if err != nil {
		return nil, err
	}
	f, err := Open(dir, root)
	if err == nil {
		f.address = strings.TrimSpace(string(address))
	}
	return f, err
}

// Address is where the registry comes from.
func (f *Follower) Address() string { return f.address }

// Public is the copy as it can be published: the same files.
func (f *Follower) Public() string { return filepath.Join(f.dir, "public") }

// RenewFrom renews the copy from an address: a folder, or an https one through the client.
func (f *Follower) RenewFrom(ctx context.Context, address string, client *fetch.Client, o repository.Options) error {
	source := repository.Folder(address)
	if strings.Contains(address, "://") {
		var err error
		if source, err = repository.Web(client, address); err != nil {
			return err
		}
	}
	return f.Renew(ctx, source, o)
}
