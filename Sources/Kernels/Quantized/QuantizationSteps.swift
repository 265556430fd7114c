extension Float {
  /// The nearest whole number from -127 to 127; 0 for NaN.
  var roundedToInt8: Int8 { isNaN ? 0 : Int8(max(-127, min(127, rounded()))) }

  /// The number as a step of a quantisation, which values are divided by: any number that is not
  /// positive and normal, as a damaged file may hold, becomes the smallest one that is. Results
  /// then mean little, but they are finite.
  var asStep: Float {
    self >= .leastNormalMagnitude && isFinite ? self : .leastNormalMagnitude
  }
}
