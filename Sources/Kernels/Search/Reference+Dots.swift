extension Reference {
  /// The sum of the products of two equally long lists of bytes.
  public static func dot(_ a: [Int8], _ b: [Int8]) -> Int {
    zip(a, b).reduce(0) { $0 + Int($1.0) * Int($1.1) }
  }

  /// The cosine of the angle between two vectors; 0 if one of them is zero.
  public static func cosine(_ a: [Double], _ b: [Double]) -> Double {
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let lengths = (dot(a, a) * dot(b, b)).squareRoot()
    return lengths > 0 ? dot(a, b) / lengths : 0
  }
}
