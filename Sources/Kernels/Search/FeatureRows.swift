import CKernels
public import Tensors

/// Rows of features, `[count, length]`, that are compared with queries by dot products. They lie in
/// a storage, which is usually a mapped file.
public struct FeatureRows: Sendable {
  public enum Element: Sendable {
    case int8
    case float16

    /// In bytes.
    public var size: Int {
      switch self {
      case .int8: 1
      case .float16: 2
      }
    }
  }

  /// The most values of a row: the sum of so many products of bytes fits 32 bits.
  public static let longestRow = Int(SEARCH_LENGTH)

  public let element: Element
  public let count: Int
  public let length: Int
  let storage: Storage
  /// Where the rows begin in the storage, in bytes.
  let start: Int

  /// - Parameters:
  ///   - length: values of a row, 1 to ``longestRow``.
  ///   - start: where the first row begins in the storage, in bytes; even for float16.
  public init(
    _ element: Element, count: Int, length: Int, in storage: Storage, at start: Int = 0
  ) {
    precondition((1...Self.longestRow).contains(length) && count >= 0)
    precondition(start >= 0 && start <= storage.count)
    precondition(start % element.size == 0 || count == 0)
    precondition(count <= (storage.count - start) / (length * element.size))
    self.element = element
    self.count = count
    self.length = length
    self.storage = storage
    self.start = start
  }

  /// One row.
  public func row(_ index: Int) -> FeatureRow {
    precondition(index >= 0 && index < count)
    let size = length * element.size
    let first = start + index * size
    return storage.withBytes(first..<first + size) { bytes in
      switch element {
      case .int8:
        return .int8((0..<length).map { Int8(bitPattern: bytes[$0]) })
      case .float16:
        return .float16(
          (0..<length).map { UInt16(bytes[2 * $0]) | UInt16(bytes[2 * $0 + 1]) << 8 })
      }
    }
  }

  /// The dot product of a query with one row.
  public func dot(
    _ query: FeatureRow.Query, row: Int, kernels: InstructionSet = .best
  ) -> Float {
    var product: [Float] = [0]
    dots(query, rows: row..<row + 1, into: &product, kernels: kernels)
    return product[0]
  }

  /// The dot products of a query with some rows: exact for int8 before they are rounded to
  /// `Float`.
  ///
  /// - Parameter products: one for each row; the array is made as long.
  public func dots(
    _ query: FeatureRow.Query, rows: Range<Int>, into products: inout [Float],
    kernels: InstructionSet = .best
  ) {
    precondition(query.length == length)
    if products.count != rows.count {
      products = [Float](repeating: 0, count: rows.count)
    }
    switch query {
    case .int8(let values):
      let sums = byteSums([values], rows: rows, kernels: kernels)
      for (index, sum) in sums.enumerated() { products[index] = Float(sum) }
    case .float16(let values):
      // SAFETY: the array has a value for each row.
      unsafe products.withUnsafeMutableBufferPointer { products in
        guard let target = products.baseAddress else { return }
        unsafe writeProducts(values, rows: rows, to: target, SearchKernels(kernels))
      }
    }
  }

  /// The dot products of some queries with some rows, `[queries, rows]`, of int8 values.
  public func byteSums(
    _ queries: [[Int8]], rows: Range<Int>, kernels: InstructionSet = .best
  ) -> [Int32] {
    guard !rows.isEmpty else { return [] }
    var sums = [Int32](repeating: 0, count: queries.count * rows.count)
    let joined = Array(queries.joined())
    precondition(joined.count == queries.count * length)
    // SAFETY: both arrays are as long as the kernel is told.
    unsafe joined.withUnsafeBufferPointer { joined in
      unsafe sums.withUnsafeMutableBufferPointer { sums in
        guard let source = joined.baseAddress, let target = sums.baseAddress else { return }
        unsafe writeSums(
          source, queries: queries.count, rows: rows, to: target, SearchKernels(kernels))
      }
    }
    return sums
  }

  /// Writes the sums `[queries, rows]` to `sums`.
  @unsafe func writeSums(
    _ queries: UnsafePointer<Int8>, queries count: Int, rows: Range<Int>,
    to sums: UnsafeMutablePointer<Int32>, _ kernels: SearchKernels
  ) {
    precondition(element == .int8)
    unsafe withRows(rows) { base in
      for first in stride(from: 0, to: count, by: Int(SEARCH_QUERIES)) {
        // SAFETY: the rows lie in the storage, checked in `init`; the caller has room for the sums.
        var dots = unsafe s8_dots()
        unsafe dots.queries = queries + first * length
        unsafe dots.query_stride = length
        unsafe dots.query_count = min(Int(SEARCH_QUERIES), count - first)
        unsafe dots.rows = base.assumingMemoryBound(to: Int8.self)
        unsafe dots.row_stride = length
        unsafe dots.row_count = rows.count
        unsafe dots.length = length
        unsafe dots.sums = sums + first * rows.count
        unsafe dots.sum_stride = rows.count
        unsafe kernels.dots(&dots)
      }
    }
  }

  /// Writes the products of a query with float16 rows to `products`.
  @unsafe func writeProducts(
    _ query: [Float], rows: Range<Int>, to products: UnsafeMutablePointer<Float>,
    _ kernels: SearchKernels
  ) {
    precondition(element == .float16 && query.count == length)
    unsafe withRows(rows) { base in
      unsafe query.withUnsafeBufferPointer { query in
        // SAFETY: as above; the rows begin at an even address, because mapped files and copies do,
        // and `start` is even.
        var dots = unsafe f16_dots()
        unsafe dots.query = query.baseAddress
        unsafe dots.rows = base.assumingMemoryBound(to: UInt16.self)
        unsafe dots.row_stride = length
        unsafe dots.row_count = rows.count
        unsafe dots.length = length
        unsafe dots.sums = products
        unsafe kernels.dots(&dots)
      }
    }
  }

  @unsafe private func withRows(_ rows: Range<Int>, _ body: (UnsafeRawPointer) -> Void) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= count)
    let size = length * element.size
    let range = start + rows.lowerBound * size..<start + rows.upperBound * size
    unsafe storage.withUnsafeBytes(range) { bytes in
      if let base = bytes.baseAddress, !rows.isEmpty { unsafe body(base) }
    }
  }
}
