package translog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	maxTile    = tileWidth * tlog.HashSize
)

// Tiles brings a file of a log, by its path below the log's address: at most max bytes of it.
// The error of a file that is not there wraps fs.ErrNotExist.
type Tiles func(ctx context.Context, path string, max int64) ([]byte, error)

// Folder returns the files of a log in a folder.
func Folder(dir string) Tiles {
	return func(_ context.Context, path string, max int64) ([]byte, error) {
		content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		if err == nil && int64(len(content)) > max {
			return nil, fmt.Errorf("%s is longer than %d bytes", path, max)
		}
		return content, err
	}
}

// TilePaths are the files that a tree of a size has and one of a smaller size has not, those
// of its entries among them (C2SP tlog-tiles).
func TilePaths(from, to int64) []string {
	var paths []string
	for _, t := range tlog.NewTiles(tileHeight, from, to) {
		paths = append(paths, tilePath(t))
		if t.L == 0 {
			paths = append(paths, bundlePath(t))
		}
	}
	return paths
}

// tilePath writes tile/<L>/<N>[.p/<W>] (C2SP tlog-tiles, Merkle Tree).
func tilePath(t tlog.Tile) string {
	return "tile/" + strings.TrimPrefix(t.Path(), "tile/"+strconv.Itoa(tileHeight)+"/")
}

// bundlePath writes tile/entries/<N>[.p/<W>] (C2SP tlog-tiles, Log entries).
func bundlePath(t tlog.Tile) string {
	return "tile/entries/" + strings.TrimPrefix(tilePath(t), "tile/0/")
}

// tileReader hands tiles to package tlog, which demands that they hash to the tree's root.
type tileReader struct {
	ctx    context.Context
	tiles  Tiles
	failed *error // what the source of tiles said, if it failed
}

func (r tileReader) Height() int { return tileHeight }

func (r tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

func (r tileReader) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(wanted))
	for i, t := range wanted {
		var err error
		if data[i], err = readTile(r.ctx, r.tiles, t); err != nil {
			*r.failed = err
			return nil, err
		}
	}
	return data, nil
}

// readTile brings a tile. A partial one may have been deleted for the full one, which begins
// with it (C2SP tlog-tiles, Partial Tiles).
func readTile(ctx context.Context, tiles Tiles, t tlog.Tile) ([]byte, error) {
	want := t.W * tlog.HashSize
	data, err := tiles(ctx, tilePath(t), maxTile)
	if errors.Is(err, fs.ErrNotExist) && t.W < tileWidth {
		full := t
		full.W = tileWidth
		if data, err = tiles(ctx, tilePath(full), maxTile); err == nil && len(data) == maxTile {
			data = data[:want]
		}
	}
	if err == nil && len(data) != want {
		return nil, fmt.Errorf("%w: tile of %d bytes", ErrTiles, len(data))
	}
	return data, err
}

// reader reads hashes of a checkpoint's tree that are authenticated by its root. Its errors
// are those of the tiles, or ErrTiles.
func reader(ctx context.Context, c Checkpoint, tiles Tiles) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]Hash, error) {
		var failed error
		r := tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: c.Root}, tileReader{ctx, tiles, &failed})
		hashes, err := r.ReadHashes(indexes)
		if err != nil && failed == nil {
			return nil, fmt.Errorf("%w: %w", ErrTiles, err)
		}
		return hashes, err
	})
}
