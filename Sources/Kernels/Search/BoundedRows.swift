import CKernels
import Tensors
public import Threads

/// Rows from which upper bounds of similarities are computed: short sketches of longer rows, or the
/// rows themselves, whose bounds are then the similarities.
///
/// A sketch holds the coordinates of a row of length 1 along some orthonormal directions. The
/// similarity of two rows is the product of their coordinates plus the product of what is left of
/// them, which by Cauchy and Schwarz is at most the product of the lengths of the rests. The first
/// coordinate (``Factors/offsets``) is float32. The others are int8 times a scale; the length of
/// what they were rounded by is the row's error.
public struct BoundedRows: Sendable {
  /// Where the numbers of the rows begin in the storage, in bytes: float32, one for each row.
  public struct Factors: Sendable {
    public let scales: Int
    /// First coordinates, lengths of the rests, and errors; nil where the bounds are exact.
    public let sketch: Sketch?

    public struct Sketch: Sendable {
      public let offsets: Int
      public let rests: Int
      public let errors: Int

      public init(offsets: Int, rests: Int, errors: Int) {
        self.offsets = offsets
        self.rests = rests
        self.errors = errors
      }
    }

    public init(scales: Int, sketch: Sketch? = nil) {
      self.scales = scales
      self.sketch = sketch
    }
  }

  /// What bounds are computed for.
  public struct Query: Sendable {
    public let row: FeatureRow.Query
    public let scale: Float
    /// The first coordinate.
    public let offset: Float
    /// The length of the rest.
    public let rest: Float
    /// The length of the other coordinates.
    public let middle: Float
    /// What is added to every bound: the query's error, and the rounding errors of the arithmetic.
    public let constant: Float

    public init(
      _ row: FeatureRow.Query, scale: Float, offset: Float = 0, rest: Float = 0,
      middle: Float = 0, constant: Float = 0
    ) {
      self.row = row
      self.scale = scale
      self.offset = offset
      self.rest = rest
      self.middle = middle
      self.constant = constant
    }
  }

  public let rows: FeatureRows
  private let factors: Factors
  private let kernels: InstructionSet

  /// - Parameters:
  ///   - factors: positions in the rows' storage, which must be multiples of 4.
  public init(_ rows: FeatureRows, _ factors: Factors, kernels: InstructionSet = .best) {
    let sketch = factors.sketch.map { [$0.offsets, $0.rests, $0.errors] } ?? []
    for start in [factors.scales] + sketch {
      precondition(start >= 0 && start <= rows.storage.count)
      precondition(start % 4 == 0 || rows.count == 0)
      precondition(rows.count <= (rows.storage.count - start) / 4)
    }
    self.rows = rows
    self.factors = factors
    self.kernels = kernels
  }

  /// Rows that together fit the second-level cache of most processors.
  private var chunk: Int { max(16, (1 << 18) / (rows.length * rows.element.size)) }

  private func rows(ofChunk chunk: Int) -> Range<Int> {
    chunk * self.chunk..<min(rows.count, (chunk + 1) * self.chunk)
  }

  private var chunks: Int { (rows.count + chunk - 1) / chunk }

  /// The bounds of a query with all rows, split over `pool`.
  public func bounds(_ query: Query, pool: WorkerPool) -> SimilarityBounds {
    let buffer = FloatBuffer(count: rows.count)
    unsafe pool.runUnchecked(chunks) { task in
      let part = rows(ofChunk: task)
      // SAFETY: tasks write disjoint parts of the buffer, which has a value for each row.
      unsafe write([query], rows: part, to: buffer.base + part.lowerBound, pool.scratch)
    }
    return SimilarityBounds(buffer, SearchKernels(kernels))
  }

  /// For each query, the rows whose bound is at least a limit, in rising order.
  public func candidates(
    _ queries: [Query], atLeast limit: Float, pool: WorkerPool
  ) -> [[UInt32]] {
    let parts = pool.map(chunks) { task -> [[UInt32]] in
      let part = rows(ofChunk: task)
      // SAFETY: the scratch memory has a value for each query and row, which `write` writes.
      return unsafe pool.scratch.withValues(of: Float.self, queries.count * part.count) { bounds in
        unsafe write(queries, rows: part, to: bounds, pool.scratch)
        return queries.indices.map { query in
          let values = unsafe UnsafeBufferPointer(
            start: bounds + query * part.count, count: part.count)
          return SearchKernels(kernels).positions(
            in: unsafe Span(_unsafeElements: values), atLeast: limit
          ).map { $0 + UInt32(part.lowerBound) }
        }
      }
    }
    return queries.indices.map { query in parts.flatMap { $0[query] } }
  }

  /// Writes bounds `[queries, rows]` to `bounds`. The queries must have values of the type that the
  /// rows have, which what multiplies them checks.
  @unsafe private func write(
    _ queries: [Query], rows part: Range<Int>, to bounds: UnsafeMutablePointer<Float>,
    _ scratch: ScratchMemory
  ) {
    let table = SearchKernels(kernels)
    var first = 0
    while first < queries.count {
      let target = unsafe bounds + first * part.count
      switch queries[first].row {
      case .int8:
        // The sums of few queries at a time, whose results are then in the cache.
        var values: [Int8] = []
        var end = first
        while end < queries.count, end - first < Int(SEARCH_QUERIES),
          case .int8(let next) = queries[end].row
        {
          precondition(next.count == rows.length)
          values += next
          end += 1
        }
        let group = queries[first..<end]
        unsafe scratch.withValues(of: Int32.self, group.count * part.count) { sums in
          unsafe values.withUnsafeBufferPointer { values in
            guard let source = values.baseAddress else { return }
            // SAFETY: the memory has a sum for each query and row.
            unsafe rows.writeSums(source, queries: group.count, rows: part, to: sums, table)
          }
          for (index, query) in group.enumerated() {
            unsafe write(
              query, sums: UnsafePointer(sums + index * part.count), products: nil, rows: part,
              to: target + index * part.count, table)
          }
        }
        first = end
      case .float16(let values):
        unsafe scratch.withValues(of: Float.self, part.count) { products in
          // SAFETY: the memory has a product for each row.
          unsafe rows.writeProducts(values, rows: part, to: products, table)
          unsafe write(
            queries[first], sums: nil, products: UnsafePointer(products), rows: part, to: target,
            table)
        }
        first += 1
      }
    }
  }

  @unsafe private func write(
    _ query: Query, sums: UnsafePointer<Int32>?, products: UnsafePointer<Float>?,
    rows part: Range<Int>, to bounds: UnsafeMutablePointer<Float>, _ table: SearchKernels
  ) {
    unsafe rows.storage.withUnsafeBytes(0..<rows.storage.count) { bytes in
      guard let base = bytes.baseAddress, !part.isEmpty else { return }
      // SAFETY: `init` checked that each list of factors has a number for each row.
      func factor(_ start: Int) -> UnsafePointer<Float> {
        unsafe (base + start).assumingMemoryBound(to: Float.self) + part.lowerBound
      }
      var arguments = unsafe search_bounds()
      unsafe arguments.sums = sums
      unsafe arguments.products = products
      unsafe arguments.scales = factor(factors.scales)
      if let sketch = factors.sketch {
        unsafe arguments.offsets = factor(sketch.offsets)
        unsafe arguments.rests = factor(sketch.rests)
        unsafe arguments.errors = factor(sketch.errors)
      }
      unsafe arguments.count = part.count
      unsafe arguments.offset = query.offset
      unsafe arguments.scale = query.scale
      unsafe arguments.rest = query.rest
      unsafe arguments.middle = query.middle
      unsafe arguments.constant = query.constant
      unsafe arguments.bounds = bounds
      unsafe table.bounds(&arguments)
    }
  }
}

/// Upper bounds of the similarities of one query with all rows. Any number of threads may read
/// them.
@safe public final class SimilarityBounds: @unchecked Sendable {
  // SAFETY: nothing writes the buffer after `init`.
  private let buffer: FloatBuffer
  private let kernels: SearchKernels

  init(_ buffer: FloatBuffer, _ kernels: SearchKernels) {
    self.buffer = buffer
    self.kernels = kernels
  }

  public var count: Int { buffer.count }

  /// The rows of a range whose bound is at least `limit`, in rising order.
  public func rows(in range: Range<Int>, atLeast limit: Float) -> [Int] {
    withSpan(range) { span in
      kernels.positions(in: span, atLeast: limit).map { Int($0) + range.lowerBound }
    }
  }

  public func bound(_ row: Int) -> Float {
    withSpan(row..<row + 1) { $0[0] }
  }

  /// The row of a range that is not empty with the largest bound.
  public func largest(in range: Range<Int>) -> Int {
    withSpan(range) { span in
      var best = 0
      for index in 1..<max(1, span.count) where span[index] > span[best] { best = index }
      return best + range.lowerBound
    }
  }

  private func withSpan<Result>(_ range: Range<Int>, _ body: (Span<Float>) -> Result) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= buffer.count)
    // SAFETY: the range lies inside the buffer, which lives as long as `self`.
    let part = unsafe UnsafeBufferPointer(
      start: buffer.base + range.lowerBound, count: range.count)
    return body(unsafe Span(_unsafeElements: part))
  }
}
