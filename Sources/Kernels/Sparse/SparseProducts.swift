import CKernels
import Tensors
import Threads

/// A sparse matrix ready to be multiplied with vectors in float32.
struct SparseProducts: Sendable {
  let matrix: SparseMatrix
  private let kernels: InstructionSet
  private let codebook: ConstantBuffer<Float>
  private let codeStarts: ConstantBuffer<UInt32>
  /// The rows of the masks' bits; nil if the kernels read masks.
  private let rows: ConstantBuffer<UInt16>?
  /// 0 to the number of columns, for products with all of them.
  private let allColumns: ConstantBuffer<UInt32>

  /// - Parameter codebook: takes the place of the matrix's own.
  init(_ matrix: SparseMatrix, codebook: [Float], kernels: InstructionSet) {
    precondition(codebook.count == 16)
    self.matrix = matrix
    self.kernels = kernels
    self.codebook = ConstantBuffer(codebook)
    allColumns = ConstantBuffer((0..<matrix.columns).map(UInt32.init))
    let codeStarts = ConstantBuffer(matrix.codeStarts)
    self.codeStarts = codeStarts
    guard kernels.sparseReadsRows else {
      rows = nil
      return
    }
    let rows = Buffer<UInt16>(count: sparse_rows_size(matrix.codes.shape.count))
    unsafe matrix.withPointers { masks, _ in
      // SAFETY: `SparseMatrix` checked the sizes, and that there is a byte of codes for two bits;
      // `rows` has the size that the function writes.
      unsafe sparse_list_rows(
        masks, SparseMatrix.maskStride(rows: matrix.rows), matrix.columns, codeStarts.base,
        rows.base)
    }
    self.rows = unsafe ConstantBuffer(adopting: rows)
  }

  /// The number of rows in a mask, which sums have too.
  var paddedRows: Int { sparse_padded_rows(SparseMatrix.maskStride(rows: matrix.rows)) }

  /// Bytes that products with all columns read.
  var weightBytes: Int {
    // A byte holds two codes, each of which has a row of two bytes.
    (rows == nil ? matrix.masks.shape.count : 4 * matrix.codes.shape.count)
      + matrix.codes.shape.count + codeStarts.byteCount
  }

  /// Adds the products of some columns to `y`, `[paddedRows]`.
  ///
  /// - Parameter x: `[columns]`.
  @unsafe func add(
    columns: UnsafeBufferPointer<UInt32>, x: UnsafePointer<Float>,
    y: UnsafeMutablePointer<Float>, _ scratch: ScratchMemory
  ) {
    unsafe withArguments(columns, x, y, scratch) { unsafe kernels.sparse(&$0) }
  }

  /// The same for sixteen vectors: `x` is `[columns][16]`, `y` `[paddedRows][16]`.
  @unsafe func add16(
    columns: UnsafeBufferPointer<UInt32>, x: UnsafePointer<Float>,
    y: UnsafeMutablePointer<Float>, _ scratch: ScratchMemory
  ) {
    unsafe withArguments(columns, x, y, scratch) { unsafe kernels.sparse16(&$0) }
  }

  @unsafe private func withArguments(
    _ columns: UnsafeBufferPointer<UInt32>, _ x: UnsafePointer<Float>,
    _ y: UnsafeMutablePointer<Float>, _ scratch: ScratchMemory,
    _ body: (inout f32_sparse) -> Void
  ) {
    let maskStride = SparseMatrix.maskStride(rows: matrix.rows)
    unsafe scratch.withValues(of: Float.self, f32_sparse_scratch_size(maskStride)) { scratch in
      unsafe matrix.withPointers { masks, codes in
        var arguments = unsafe f32_sparse()
        unsafe arguments.masks = masks
        unsafe arguments.mask_stride = maskStride
        unsafe arguments.codes = codes
        unsafe arguments.code_starts = UnsafePointer(codeStarts.base)
        unsafe arguments.rows = UnsafePointer(rows?.base)
        unsafe arguments.codebook = UnsafePointer(codebook.base)
        unsafe arguments.columns = columns.baseAddress
        unsafe arguments.count = columns.count
        unsafe arguments.x = x
        unsafe arguments.y = y
        unsafe arguments.scratch = scratch
        unsafe body(&arguments)
      }
    }
  }

  /// Adds the products of some columns with bytes to `sums`, `[paddedRows]`, in the kernel's own
  /// order. Only where the instruction set has kernels for it.
  ///
  /// - Parameter codebook: `[16]`.
  @unsafe func add(
    columns: UnsafeBufferPointer<UInt32>, codebook: UnsafePointer<Int8>, x: UnsafePointer<UInt8>,
    sums: UnsafeMutablePointer<Int32>, _ scratch: ScratchMemory
  ) {
    let maskStride = SparseMatrix.maskStride(rows: matrix.rows)
    unsafe scratch.withValues(of: Int8.self, s8u8_sparse_scratch_size(maskStride)) { scratch in
      unsafe matrix.withPointers { masks, codes in
        var arguments = unsafe s8u8_sparse()
        unsafe arguments.masks = masks
        unsafe arguments.mask_stride = maskStride
        unsafe arguments.codes = codes
        unsafe arguments.code_starts = UnsafePointer(codeStarts.base)
        unsafe arguments.codebook = codebook
        unsafe arguments.columns = columns.baseAddress
        unsafe arguments.count = columns.count
        unsafe arguments.x = x
        unsafe arguments.sums = sums
        unsafe arguments.scratch = scratch
        unsafe kernels.sparse(&arguments)
      }
    }
  }

  /// Splits columns over the threads, one part each.
  ///
  /// - Parameters:
  ///   - list: writes which columns to multiply, and returns how many there are. It may write as
  ///     many as `u8_nonzero_size` says.
  ///   - add: multiplies some of them.
  @unsafe func split(
    over pool: WorkerPool, list: (UnsafeMutablePointer<UInt32>) -> Int,
    add: (_ columns: UnsafeBufferPointer<UInt32>, _ part: Int) -> Void
  ) {
    let parts = pool.threads
    let size = u8_nonzero_size(matrix.columns)
    unsafe pool.scratch.withValues(of: UInt32.self, size) { columns in
      let count = unsafe list(columns)
      unsafe pool.runUnchecked(parts) { part in
        let share = part * count / parts..<(part + 1) * count / parts
        unsafe add(
          UnsafeBufferPointer(start: columns + share.lowerBound, count: share.count), part)
      }
    }
  }

  /// Sixteen images at a time share every decoded weight.
  ///
  /// - Parameters:
  ///   - fill: writes vectors of some images as columns of `[columns][16]`, which is all 0.
  ///   - finish: takes their sums, `[paddedRows][16]`.
  func runBatch(
    images: Int, pool: WorkerPool,
    fill: (Range<Int>, UnsafeMutablePointer<Float>) -> Void,
    finish: (Range<Int>, UnsafePointer<Float>) -> Void
  ) {
    let lanes = 16
    unsafe pool.runUnchecked((images + lanes - 1) / lanes) { block in
      let images = block * lanes..<min((block + 1) * lanes, images)
      // SAFETY: the buffers are as large as `add16` wants them; each task has its own.
      unsafe pool.scratch.withValues(of: Float.self, (matrix.columns + paddedRows) * lanes) { x in
        let y = unsafe x + matrix.columns * lanes
        unsafe x.update(repeating: 0, count: (matrix.columns + paddedRows) * lanes)
        unsafe fill(images, x)
        unsafe add16(
          columns: UnsafeBufferPointer(start: allColumns.base, count: allColumns.count), x: x, y: y,
          pool.scratch)
        unsafe finish(images, y)
      }
    }
  }
}

extension SparseMatrix {
  /// Calls `body` with the addresses of the masks and the codes.
  @unsafe func withPointers(_ body: (UnsafePointer<UInt8>, UnsafePointer<UInt8>?) -> Void) {
    // SAFETY: `SparseMatrix` checked that both are bytes.
    unsafe masks.storage.withUnsafeBytes(masks.range) { masks in
      unsafe codes.storage.withUnsafeBytes(codes.range) { codes in
        guard let masks = masks.baseAddress else { return }
        unsafe body(
          masks.assumingMemoryBound(to: UInt8.self),
          codes.baseAddress?.assumingMemoryBound(to: UInt8.self))
      }
    }
  }
}
