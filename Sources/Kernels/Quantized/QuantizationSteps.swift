extension Float {
  /// The nearest whole number from -127 to 127; 0 for NaN.
  var roundedToInt8: Int8 { isNaN ? 0 : Int8(max(-127, min(127, rounded()))) }

  /// The number as a step of a quantisation, by which values are divided. A number that is not
  /// positive and normal, which a damaged file may contain, becomes the smallest one that is. The
  /// results are then wrong but finite.
  var asStep: Float {
    self >= .leastNormalMagnitude && isFinite ? self : .leastNormalMagnitude
  }
}
