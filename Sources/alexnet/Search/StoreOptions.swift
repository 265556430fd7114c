import ArgumentParser
import Kernels

/// How an index stores features.
enum FeatureStore: String, CaseIterable, ExpressibleByArgument {
  case int8
  case f16

  var element: FeatureRows.Element {
    switch self {
    case .int8: .int8
    case .f16: .float16
    }
  }

  init(_ element: FeatureRows.Element) {
    switch element {
    case .int8: self = .int8
    case .float16: self = .f16
    }
  }
}
