import CKernels
public import Threads

/// The product of two matrices in float32: C = A * B, with A `[rows, depth]`, B `[depth, columns]`
/// and C `[rows, columns]`, each of them transposed or not.
///
/// Blocks of both factors are first copied into the order in which the kernel reads them (Goto and
/// van de Geijn 2008): B in panels as wide as the kernel's tile, A in rows of `depthAtOnce` values,
/// as many rows together as a tile has. Copies and tiles are split over the threads of a pool.
public struct MatrixProduct: Sendable {
  private let kernels: InstructionSet
  /// The most values of either factor that are copied at a time.
  private let blockValues: Int

  public init(kernels: InstructionSet = .best) {
    // 4 MB of each factor stay in the last cache of most processors.
    self.init(kernels: kernels, blockValues: 1 << 20)
  }

  /// - Parameter blockValues: the most values of either factor that are copied at a time. With a
  ///   small number, even small matrices in tests have several blocks.
  package init(kernels: InstructionSet, blockValues: Int) {
    self.kernels = kernels
    self.blockValues = blockValues
  }

  /// Values of scratch memory that ``run(_:_:into:scratch:pool:)`` needs for matrices of
  /// this size.
  public func scratchCount(rows: Int, columns: Int, depth: Int) -> Int {
    // A transposed C is computed as the transposed product, in which rows and columns change roles.
    max(
      Blocking(rows: rows, columns: columns, depth: depth, kernels, blockValues).scratchCount,
      Blocking(rows: columns, columns: rows, depth: depth, kernels, blockValues).scratchCount)
  }

  /// Writes A * B to C.
  ///
  /// - Parameters:
  ///   - a: `[rows, depth]`.
  ///   - b: `[depth, columns]`.
  ///   - c: `[rows, columns]`; must not share memory with `a`, `b` or `scratch`.
  ///   - scratch: at least ``scratchCount(rows:columns:depth:)`` values, which are overwritten.
  ///   - pool: the threads to use.
  public func run(
    _ a: MatrixView, _ b: MatrixView, into c: MatrixView, scratch: FloatBuffer, pool: WorkerPool
  ) {
    precondition(a.columns == b.rows && c.rows == a.rows && c.columns == b.columns)
    guard c.columnStride == 1 else {
      return run(
        b.transposed, a.transposed, into: c.transposed, scratch: scratch, pool: pool)
    }
    let blocking = Blocking(
      rows: a.rows, columns: b.columns, depth: a.columns, kernels, blockValues)
    precondition(scratch.count >= blocking.scratchCount)
    for firstColumn in stride(from: 0, to: b.columns, by: blocking.columns) {
      for firstDepth in stride(from: 0, to: a.columns, by: blocking.depth) {
        for firstRow in stride(from: 0, to: a.rows, by: blocking.rows) {
          let block = Block(
            rows: firstRow..<min(firstRow + blocking.rows, a.rows),
            columns: firstColumn..<min(firstColumn + blocking.columns, b.columns),
            depth: firstDepth..<min(firstDepth + blocking.depth, a.columns),
            blocking: blocking, kernels)
          pack(a, b, block, packsB: firstRow == 0, scratch, pool)
          multiply(block, into: c, accumulates: firstDepth > 0, scratch, pool)
        }
      }
    }
  }

  /// Copies a block of A to `scratch`, and a block of B if it is not the same as before.
  private func pack(
    _ a: MatrixView, _ b: MatrixView, _ block: Block, packsB: Bool, _ scratch: FloatBuffer,
    _ pool: WorkerPool
  ) {
    let parts = block.depthParts
    let tasksOfA = block.tiles * parts
    // SAFETY: a block lies inside its matrix, and its copy inside `scratch`, whose size `run`
    // checked; tasks write disjoint copies.
    unsafe pool.runUnchecked(tasksOfA + (packsB ? block.panels * parts : 0)) { task in
      let isA = task < tasksOfA
      let (index, part) = (isA ? task : task - tasksOfA).quotientAndRemainder(dividingBy: parts)
      let depth = block.depth(ofPart: part)
      if isA {
        let rows = block.rows(ofTile: index)
        unsafe copy(
          a.transposed, rows: depth, columns: rows,
          to: scratch.base + block.packedA(tile: index, part: part), valueStride: 1,
          lineStride: Blocking.packedRowStride)
      } else {
        let columns = block.columns(ofPanel: index)
        let target = unsafe scratch.base + block.packedB(panel: index, part: part)
        if columns.count < block.panelWidth {
          unsafe target.update(repeating: 0, count: depth.count * block.panelWidth)
        }
        unsafe copy(
          b, rows: depth, columns: columns, to: target, valueStride: block.panelWidth,
          lineStride: 1)
      }
    }
  }

  /// Multiplies the copies of a block.
  private func multiply(
    _ block: Block, into c: MatrixView, accumulates: Bool, _ scratch: FloatBuffer,
    _ pool: WorkerPool
  ) {
    let grid = block.grid(threads: pool.threads)
    // SAFETY: tiles lie inside C, whose rows are contiguous; tasks write disjoint tiles.
    unsafe pool.runUnchecked(grid.rowParts * grid.columnParts) { task in
      let (columnPart, rowPart) = task.quotientAndRemainder(dividingBy: grid.rowParts)
      let tiles = share(rowPart, of: grid.rowParts, block.tiles)
      let panels = share(columnPart, of: grid.columnParts, block.panels)
      for part in 0..<block.depthParts {
        var product = unsafe f32_gemm()
        unsafe product.a_row_stride = Blocking.packedRowStride
        unsafe product.outer = 1
        unsafe product.inner = 1
        unsafe product.run = block.depth(ofPart: part).count
        unsafe product.c_row_stride = c.rowStride
        unsafe product.accumulate = accumulates || part > 0 ? 1 : 0
        for panel in panels {
          let columns = block.columns(ofPanel: panel)
          unsafe product.b = UnsafePointer(scratch.base + block.packedB(panel: panel, part: part))
          unsafe product.columns = columns.count
          for tile in tiles {
            let rows = block.rows(ofTile: tile)
            unsafe product.a = UnsafePointer(scratch.base + block.packedA(tile: tile, part: part))
            unsafe product.rows = rows.count
            unsafe product.c = c.pointer(row: rows.lowerBound, column: columns.lowerBound)
            unsafe kernels.gemm(&product)
          }
        }
      }
    }
  }
}

/// Share number `index` of the numbers below `count`, cut into `parts` equal shares.
private func share(_ index: Int, of parts: Int, _ count: Int) -> Range<Int> {
  index * count / parts..<(index + 1) * count / parts
}

/// The sizes of the blocks of a product.
private struct Blocking {
  /// The most rows, columns and depth of a block.
  let rows: Int
  let columns: Int
  let depth: Int
  private let tileRows: Int
  private let panelWidth: Int

  /// The depth of one call of the kernel. With it, 14 rows of A and a part of a panel of 32 columns
  /// fit into the first two caches.
  static let depthAtOnce = 256
  /// The distance between packed rows of A. It is not a power of two, so that the rows do not
  /// compete for one set of the first-level cache.
  static let packedRowStride = depthAtOnce + 16

  init(rows: Int, columns: Int, depth: Int, _ kernels: InstructionSet, _ blockValues: Int) {
    tileRows = kernels.tileRows
    panelWidth = kernels.panelWidth
    let side = max(1, Int(Double(blockValues).squareRoot()))
    self.rows = min(rows, max(1, side / tileRows) * tileRows)
    self.columns = min(columns, max(1, side / panelWidth) * panelWidth)
    let atMost = blockValues / max(self.rows, self.columns)
    self.depth = min(depth, max(1, atMost / Self.depthAtOnce) * Self.depthAtOnce)
  }

  private var depthParts: Int { (depth + Self.depthAtOnce - 1) / Self.depthAtOnce }

  /// The distance from one packed tile of A to the next, in values.
  var packedTileCount: Int { depthParts * tileRows * Self.packedRowStride }
  /// The distance from one packed panel of B to the next, in values.
  var packedPanelCount: Int { depth * panelWidth }
  /// The position at which the panels of B begin, after the tiles of A.
  var packedBStart: Int { (rows + tileRows - 1) / tileRows * packedTileCount }
  var scratchCount: Int {
    packedBStart + (columns + panelWidth - 1) / panelWidth * packedPanelCount
  }
}

/// A block of a product: which rows, columns and depth it covers, and how these are cut into tiles
/// of rows, panels of columns and parts of depth.
private struct Block {
  private let rows: Range<Int>
  private let columns: Range<Int>
  private let depth: Range<Int>
  private let blocking: Blocking
  private let tileRows: Int
  let panelWidth: Int
  let tiles: Int
  let panels: Int
  let depthParts: Int

  init(
    rows: Range<Int>, columns: Range<Int>, depth: Range<Int>, blocking: Blocking,
    _ kernels: InstructionSet
  ) {
    self.rows = rows
    self.columns = columns
    self.depth = depth
    self.blocking = blocking
    tileRows = kernels.tileRows
    panelWidth = kernels.panelWidth
    tiles = (rows.count + tileRows - 1) / tileRows
    panels = (columns.count + panelWidth - 1) / panelWidth
    depthParts = (depth.count + Blocking.depthAtOnce - 1) / Blocking.depthAtOnce
  }

  /// Tiles of equal numbers of rows: 27 rows are 14 and 13, never 14, 12 and 1.
  func rows(ofTile tile: Int) -> Range<Int> {
    let rowsOfTile = share(tile, of: tiles, rows.count)
    return rows.lowerBound + rowsOfTile.lowerBound..<rows.lowerBound + rowsOfTile.upperBound
  }

  func columns(ofPanel panel: Int) -> Range<Int> {
    let first = columns.lowerBound + panel * panelWidth
    return first..<min(first + panelWidth, columns.upperBound)
  }

  func depth(ofPart part: Int) -> Range<Int> {
    let first = depth.lowerBound + part * Blocking.depthAtOnce
    return first..<min(first + Blocking.depthAtOnce, depth.upperBound)
  }

  /// Where a part of a tile of A begins in the scratch memory: `[tile rows][packed row stride]`.
  func packedA(tile: Int, part: Int) -> Int {
    tile * blocking.packedTileCount + part * tileRows * Blocking.packedRowStride
  }

  /// Where a part of a panel of B begins in the scratch memory: `[depth][panel width]`.
  func packedB(panel: Int, part: Int) -> Int {
    blocking.packedBStart + panel * blocking.packedPanelCount
      + part * Blocking.depthAtOnce * panelWidth
  }

  /// How many parts of the tiles, times parts of the panels, are tasks.
  ///
  /// Up to eight tiles meet each part of a panel while it is in the second-level cache. With more
  /// threads than such tasks, the tasks become smaller.
  func grid(threads: Int) -> (rowParts: Int, columnParts: Int) {
    let wanted = threads == 1 ? 1 : 4 * threads
    var rowParts = (tiles + 7) / 8
    let columnParts = min(panels, max(1, (wanted + rowParts - 1) / rowParts))
    if rowParts * columnParts < wanted {
      rowParts = min(tiles, (wanted + columnParts - 1) / columnParts)
    }
    return (rowParts, columnParts)
  }
}

/// Copies values (row, column) of a part of a matrix to
/// `target[row * valueStride + column * lineStride]`, rows and columns counted from the part's
/// first.
@unsafe private func copy(
  _ matrix: MatrixView, rows: Range<Int>, columns: Range<Int>,
  to target: UnsafeMutablePointer<Float>, valueStride: Int, lineStride: Int
) {
  let source = unsafe UnsafePointer(
    matrix.pointer(row: rows.lowerBound, column: columns.lowerBound))
  if lineStride == 1 && matrix.columnStride == 1 {
    for row in 0..<rows.count {
      unsafe (target + row * valueStride).update(
        from: source + row * matrix.rowStride, count: columns.count)
    }
  } else if valueStride == 1 && matrix.rowStride == 1 {
    for column in 0..<columns.count {
      unsafe (target + column * lineStride).update(
        from: source + column * matrix.columnStride, count: rows.count)
    }
  } else if lineStride == 1 {
    unsafe transpose(
      source, lines: columns.count, lineStride: matrix.columnStride, length: rows.count,
      valueStride: matrix.rowStride, to: target, valueStride)
  } else {
    unsafe transpose(
      source, lines: rows.count, lineStride: matrix.rowStride, length: columns.count,
      valueStride: matrix.columnStride, to: target, lineStride)
  }
}

/// Copies value `j` of line `i` to `target[j * targetStride + i]`.
@unsafe func transpose(
  _ source: UnsafePointer<Float>, lines: Int, lineStride: Int, length: Int, valueStride: Int,
  to target: UnsafeMutablePointer<Float>, _ targetStride: Int
) {
  // Whole squares of four by four where the values of a line are contiguous.
  let isContiguous = valueStride == 1
  let whole = (lines: isContiguous ? lines & ~3 : 0, length: isContiguous ? length & ~3 : 0)
  for i in stride(from: 0, to: whole.lines, by: 4) {
    let line = unsafe UnsafeRawPointer(source + i * lineStride)
    let bytes = lineStride * MemoryLayout<Float>.stride
    for j in stride(from: 0, to: whole.length, by: 4) {
      let first = unsafe line + j * MemoryLayout<Float>.stride
      let a = unsafe first.loadUnaligned(as: SIMD4<Float>.self)
      let b = unsafe (first + bytes).loadUnaligned(as: SIMD4<Float>.self)
      let c = unsafe (first + 2 * bytes).loadUnaligned(as: SIMD4<Float>.self)
      let d = unsafe (first + 3 * bytes).loadUnaligned(as: SIMD4<Float>.self)
      for k in 0..<4 {
        unsafe UnsafeMutableRawPointer(target + (j + k) * targetStride + i).storeBytes(
          of: SIMD4(a[k], b[k], c[k], d[k]), as: SIMD4<Float>.self)
      }
    }
  }
  for i in 0..<lines {
    for j in (i < whole.lines ? whole.length : 0)..<length {
      unsafe target[j * targetStride + i] = source[i * lineStride + j * valueStride]
    }
  }
}
