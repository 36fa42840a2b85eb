/** Tests of the check, on a small shop whose contract is changed in every way. */
@NullMarked
package io.thalweg.contract.check;

import org.jspecify.annotations.NullMarked;
