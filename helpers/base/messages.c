// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * MUST: a refusal names no person, number or date; it says what to do next.
 * MUST: a sentence holds at most one %s, replaced here and never given to a
 * printf function. One or two short sentences each, as a screen reader will
 * read them. With an argument of 256 bytes a sentence still fits in the 512
 * of PAM_MAX_MSG_SIZE (tests/base/check_messages.c).
 */
#include "base/messages.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum lang { LANG_EN, LANG_FR, LANG_AR, LANG_ZGH, LANG_COUNT };

static const char *const lang_names[LANG_COUNT] = { "en", "fr", "ar", "zgh" };

/* Each row: English, French, Arabic, Amazigh (Tifinagh). */
static const char *const sentences[MSG_COUNT][LANG_COUNT] = {
[MSG_NOTICE] = {
"Your card and face are used for this login only; nothing is kept. The check against pictures and masks has limits. %s",
"Votre carte et votre visage servent à cette seule connexion ; rien n'est conservé. Le contrôle contre photos et masques a des limites. %s",
"تُستعمل بطاقتك ووجهك لهذا الدخول فقط ولا يُحفظ أي شيء. الحماية من الصور والأقنعة محدودة. %s",
"ⵜⴰⴽⴰⵕⴹⴰ ⴷ ⵓⴷⵎ ⵉ ⵓⴽⵛⵛⵓⵎ ⴰⴷ ⴽⴰ, ⵓⵔ ⵉⵜⵜⵓⵃⴹⴰ ⵡⴰⵍⵓ. ⴰⵙⵙⵉⴷⴷ ⵏ ⵜⵡⵍⴰⴼⵉⵏ ⵖⵓⵔⵙ ⵉⵡⵜⵜⴰ. %s" },
[MSG_INSERT_CARD] = {
"Put your identity card in the reader.",
"Insérez votre carte d'identité dans le lecteur.",
"أدخل بطاقة التعريف في القارئ.",
"ⵙⵙⴽⵛⵎ ⵜⴰⴽⴰⵕⴹⴰ ⵏ ⵜⵎⴰⴳⵉⵜ ⴳ ⵓⵎⵖⵔⵉ." },
[MSG_REINSERT_CARD] = {
"Take your card out of the reader, then put it in again.",
"Retirez votre carte du lecteur, puis insérez-la de nouveau.",
"أخرج بطاقتك من القارئ ثم أدخلها من جديد.",
"ⵙⵙⵓⴼⵖ ⵜⴰⴽⴰⵕⴹⴰ ⵙⴳ ⵓⵎⵖⵔⵉ, ⵙⵙⴽⵛⵎⵜⵜ ⴷⴰⵖ." },
[MSG_READING] = {
"Reading the card. Do not move it.",
"Lecture de la carte en cours. Ne la bougez pas.",
"جارٍ قراءة البطاقة. لا تحركها.",
"ⴷⴰ ⵜⵜⵓⵖⵔⴰ ⵜⴽⴰⵕⴹⴰ. ⴰⴷ ⵜⵜ ⵓⵔ ⵜⵙⵎⵓⵙⵙⵓⴷ." },
[MSG_LOOK] = {
"Look straight at the camera.",
"Regardez la caméra bien en face.",
"انظر مباشرة إلى الكاميرا.",
"ⵙⵎⵓⵇⵇⵍ ⵖⵔ ⵜⴽⴰⵎⵉⵔⴰ." },
[MSG_WELCOME] = {
"Welcome, %s.",
"Bienvenue, %s.",
"مرحبا، %s.",
"ⴰⵏⵙⵓⴼ, %s." },
[MSG_ASK_CAN] = {
"The six digits printed on your card (CAN), or only Enter to skip: ",
"Les six chiffres imprimés sur votre carte (CAN), ou Entrée seule pour passer : ",
"الأرقام الستة المطبوعة على بطاقتك (CAN)، أو Enter وحدها للتجاوز: ",
"ⵚⴹⵉⵚ ⵏ ⵡⵓⵟⵟⵓⵏⵏ ⵉⵜⵜⵢⴰⵔⴰⵏ ⵖⴼ ⵜⴽⴰⵕⴹⴰ (CAN), ⵏⵖⴷ Enter ⵉ ⵓⵣⵔⴰⵢ: " },
[MSG_ASK_MRZ] = {
"Document number, date of birth and date of expiry (YYMMDD) from your card, with spaces (MRZ), or only Enter to skip: ",
"Numéro de document, date de naissance et date d'expiration (AAMMJJ) de votre carte, séparés par des espaces (MRZ), ou Entrée seule pour passer : ",
"رقم الوثيقة وتاريخ الميلاد وتاريخ انتهاء الصلاحية (YYMMDD) من بطاقتك، مع فراغات (MRZ)، أو Enter وحدها للتجاوز: ",
"ⵓⵟⵟⵓⵏ ⵏ ⵜⴽⴰⵕⴹⴰ, ⴰⵣⵎⵣ ⵏ ⵜⵍⴰⵍⵉⵜ ⴷ ⵓⵣⵎⵣ ⵏ ⵓⵙⵎⵓⵔⵉ (YYMMDD) (MRZ), ⵏⵖⴷ Enter ⵉ ⵓⵣⵔⴰⵢ: " },
[MSG_ASK_PIN] = {
"The secret number of your card (PIN), or only Enter to use your code: ",
"Le numéro secret de votre carte (PIN), ou Entrée seule pour utiliser votre code : ",
"الرقم السري لبطاقتك (PIN)، أو Enter وحدها لاستعمال رمزك: ",
"ⵓⵟⵟⵓⵏ ⵓⴼⴼⵉⵔ ⵏ ⵜⴽⴰⵕⴹⴰ (PIN), ⵏⵖⴷ Enter ⵉ ⵓⵙⵙⵎⵔⵙ ⵏ ⵜⵏⴳⴰⵍⵜ: " },
[MSG_ASK_PIN_AGAIN] = {
"If this last try is wrong the card's PIN is blocked. Type it to go on (PIN), or only Enter to use your code: ",
"Si ce dernier essai est faux, le PIN de la carte sera bloqué. Tapez-le pour continuer (PIN), ou Entrée seule pour utiliser votre code : ",
"إذا كانت هذه المحاولة الأخيرة خاطئة فسيُحظر رقم البطاقة. اكتبه للمتابعة (PIN)، أو Enter وحدها لاستعمال رمزك: ",
"ⵎⴽ ⵜⵣⴳⵍ ⵜⵔⵎⵉⵜ ⴰⴷ ⵜⴰⵏⴳⴳⴰⵔⵓⵜ ⴰⴷ ⵉⵇⵇⵏ ⵓⵟⵟⵓⵏ. ⴰⵔⴰⵜ ⵉ ⵓⴽⵎⵎⵍ (PIN), ⵏⵖⴷ Enter ⵉ ⵜⵏⴳⴰⵍⵜ: " },
[MSG_ASK_CODE] = {
"Your code: ",
"Votre code : ",
"رمزك السري: ",
"ⵜⴰⵏⴳⴰⵍⵜ ⵏⵏⴽ: " },
[MSG_ASK_NEW_CODE] = {
"Choose a code: ",
"Choisissez un code : ",
"اختر رمزا سريا: ",
"ⵙⵜⵉ ⵜⴰⵏⴳⴰⵍⵜ: " },
[MSG_ASK_NEW_CODE_AGAIN] = {
"The same code again: ",
"Le même code encore une fois : ",
"أعد الرمز نفسه: ",
"ⴰⵍⵙ ⵉ ⵜⵏⴳⴰⵍⵜ: " },
[MSG_ASK_PASS] = {
"Your code of the day (PASS), or only Enter to use the card: ",
"Votre code du jour (PASS), ou Entrée seule pour utiliser la carte : ",
"رمز اليوم الخاص بك (PASS)، أو Enter وحدها لاستعمال البطاقة: ",
"ⵜⴰⵏⴳⴰⵍⵜ ⵏ ⵡⴰⵙⵙ (PASS), ⵏⵖⴷ Enter ⵉ ⵓⵙⵙⵎⵔⵙ ⵏ ⵜⴽⴰⵕⴹⴰ: " },
[MSG_NOT_AT_SEAT] = {
"Card login works only for the person at this workstation. Use your password.",
"La connexion par carte n'est possible que devant ce poste. Utilisez votre mot de passe.",
"الدخول بالبطاقة متاح فقط لمن يجلس أمام هذا الجهاز. استعمل كلمة المرور.",
"ⴰⴽⵛⵛⵓⵎ ⵙ ⵜⴽⴰⵕⴹⴰ ⵉⵍⵍⴰ ⴷⴰⵜ ⵓⵎⵙⵙⵓⴷⵙ ⴰⴷ ⴽⴰ. ⵙⵙⵎⵔⵙ ⵜⴰⴳⵓⵔⵉ ⵏ ⵓⵣⵔⴰⵢ." },
[MSG_SERVICE] = {
"Card login is not enabled for this program. Use your password.",
"La connexion par carte n'est pas activée pour ce programme. Utilisez votre mot de passe.",
"الدخول بالبطاقة غير مفعل لهذا البرنامج. استعمل كلمة المرور.",
"ⴰⴽⵛⵛⵓⵎ ⵙ ⵜⴽⴰⵕⴹⴰ ⵓⵔ ⵉⵔⵎⵉⴷ ⵉ ⵓⵙⵏⵎⵍ ⴰⴷ. ⵙⵙⵎⵔⵙ ⵜⴰⴳⵓⵔⵉ ⵏ ⵓⵣⵔⴰⵢ." },
[MSG_SEAT_BUSY] = {
"Another card login is running here. Wait a moment and try again.",
"Une autre connexion par carte est en cours ici. Attendez un instant et réessayez.",
"هناك دخول آخر بالبطاقة جارٍ هنا. انتظر قليلا ثم حاول مرة أخرى.",
"ⵉⵍⵍⴰ ⵓⴽⵛⵛⵓⵎ ⵢⴰⴹⵏ ⵙ ⵜⴽⴰⵕⴹⴰ ⴷⴰ. ⵇⵇⵍ ⵉⵎⵉⴽ, ⴰⵔⵎ ⴷⴰⵖ." },
[MSG_THROTTLED] = {
"Too many tries. Wait %s seconds, then try again.",
"Trop d'essais. Attendez %s secondes, puis réessayez.",
"محاولات كثيرة. انتظر %s ثانية ثم حاول مرة أخرى.",
"ⴳⴳⵓⴷⵉⵏⵜ ⵜⵉⵔⵎⴰⵜⵉⵏ. ⵇⵇⵍ %s ⵏ ⵜⵙⵉⵏⵉⵏ, ⴰⵔⵎ ⴷⴰⵖ." },
[MSG_CANCELLED] = {
"Card login was cancelled.",
"La connexion par carte a été annulée.",
"أُلغي الدخول بالبطاقة.",
"ⵉⵜⵜⵓⵙⵔ ⵓⴽⵛⵛⵓⵎ ⵙ ⵜⴽⴰⵕⴹⴰ." },
[MSG_DEADLINE] = {
"Card login took too long. Try again.",
"La connexion par carte a pris trop de temps. Réessayez.",
"استغرق الدخول بالبطاقة وقتا طويلا. حاول مرة أخرى.",
"ⵉⵎⵎⴰⵟⵍ ⵓⴽⵛⵛⵓⵎ ⵙ ⵜⴽⴰⵕⴹⴰ. ⴰⵔⵎ ⴷⴰⵖ." },
[MSG_NOT_CONFIGURED] = {
"Card login is not set up on this machine. Use your password and tell your administrator.",
"La connexion par carte n'est pas configurée sur ce poste. Utilisez votre mot de passe et prévenez votre administrateur.",
"الدخول بالبطاقة غير مهيأ على هذا الجهاز. استعمل كلمة المرور وأخبر المسؤول.",
"ⴰⴽⵛⵛⵓⵎ ⵙ ⵜⴽⴰⵕⴹⴰ ⵓⵔ ⵉⵙⵡⵓⴷⴷⴰ ⴳ ⵓⵎⵙⵙⵓⴷⵙ ⴰⴷ. ⵙⵙⵎⵔⵙ ⵜⴰⴳⵓⵔⵉ ⵏ ⵓⵣⵔⴰⵢ, ⵜⵉⵏⵉⴷ ⵉ ⵓⵏⵎⵀⴰⵍ." },
[MSG_INTERNAL] = {
"Card login failed through an internal error. Try again or use your password.",
"La connexion par carte a échoué à cause d'une erreur interne. Réessayez ou utilisez votre mot de passe.",
"فشل الدخول بالبطاقة بسبب خطأ داخلي. حاول مرة أخرى أو استعمل كلمة المرور.",
"ⵜⵍⵍⴰ ⵜⴰⵣⴳⵍⵜ ⴰⴳⵯⵏⵙⵓ ⵏ ⵓⵏⴳⵔⴰⵡ. ⴰⵔⵎ ⴷⴰⵖ ⵏⵖⴷ ⵙⵙⵎⵔⵙ ⵜⴰⴳⵓⵔⵉ ⵏ ⵓⵣⵔⴰⵢ." },
[MSG_NO_READER] = {
"No card reader was found. Connect the reader and try again, or use your password.",
"Aucun lecteur de carte trouvé. Branchez le lecteur et réessayez, ou utilisez votre mot de passe.",
"لم يُعثر على قارئ البطاقات. صل القارئ وحاول مرة أخرى، أو استعمل كلمة المرور.",
"ⵓⵔ ⵉⵍⵍⵉ ⵓⵎⵖⵔⵉ ⵏ ⵜⴽⴰⵕⴹⴰ. ⵙⵖⵏⵜ, ⴰⵔⵎ ⴷⴰⵖ, ⵏⵖⴷ ⵙⵙⵎⵔⵙ ⵜⴰⴳⵓⵔⵉ ⵏ ⵓⵣⵔⴰⵢ." },
[MSG_NO_CARD] = {
"No card was put in the reader in time. Try again or use your password.",
"Aucune carte n'a été insérée à temps. Réessayez ou utilisez votre mot de passe.",
"لم تُدخل أي بطاقة في الوقت المحدد. حاول مرة أخرى أو استعمل كلمة المرور.",
"ⵓⵔ ⵜⴽⵛⵉⵎ ⵜⴽⴰⵕⴹⴰ ⴳ ⵡⴰⴽⵓⴷ. ⴰⵔⵎ ⴷⴰⵖ ⵏⵖⴷ ⵙⵙⵎⵔⵙ ⵜⴰⴳⵓⵔⵉ ⵏ ⵓⵣⵔⴰⵢ." },
[MSG_CARD_REMOVED] = {
"The connection to the card was lost. Put the card in and leave it there, then try again.",
"La connexion avec la carte a été perdue. Insérez la carte, laissez-la en place et réessayez.",
"انقطع الاتصال بالبطاقة. أدخل البطاقة واتركها في مكانها ثم حاول مرة أخرى.",
"ⵉⴱⴱⵉ ⵓⵣⴷⴰⵢ ⴷ ⵜⴽⴰⵕⴹⴰ. ⵙⵙⴽⵛⵎⵜⵜ, ⴰⴷⵊⵜⵜ ⴳ ⵓⴷⵖⴰⵔ ⵏⵏⵙ, ⴰⵔⵎ ⴷⴰⵖ." },
[MSG_READER_BUSY] = {
"Another program is using the card reader. Close it and try again.",
"Un autre programme utilise le lecteur de carte. Fermez-le et réessayez.",
"برنامج آخر يستعمل قارئ البطاقات. أغلقه وحاول مرة أخرى.",
"ⵉⵙⵙⵎⵔⴰⵙ ⵓⵙⵏⵎⵍ ⵢⴰⴹⵏ ⴰⵎⵖⵔⵉ. ⵔⴳⵍⵜ, ⴰⵔⵎ ⴷⴰⵖ." },
[MSG_CARD_SILENT] = {
"The card does not answer. Take it out, put it in again and try once more.",
"La carte ne répond pas. Retirez-la, insérez-la de nouveau et réessayez.",
"البطاقة لا تستجيب. أخرجها ثم أدخلها وحاول مرة أخرى.",
"ⵓⵔ ⵜⵔⵓⵔ ⵜⴽⴰⵕⴹⴰ. ⵙⵙⵓⴼⵖⵜⵜ, ⵙⵙⴽⵛⵎⵜⵜ, ⴰⵔⵎ ⴷⴰⵖ." },
[MSG_NOT_THIS_CARD] = {
"This kind of card can't be used here. Use your national electronic identity card.",
"Ce type de carte n'est pas accepté ici. Utilisez votre carte nationale d'identité électronique.",
"هذا النوع من البطاقات غير مقبول هنا. استعمل البطاقة الوطنية للتعريف الإلكترونية.",
"ⵓⵔ ⵜⵜⵓⵇⴱⴰⵍ ⵜⴽⴰⵕⴹⴰ ⴰⴷ ⴷⴰ. ⵙⵙⵎⵔⵙ ⵜⴰⴽⴰⵕⴹⴰ ⵜⴰⵏⴰⵎⵓⵔⵜ ⵏ ⵜⵎⴰⴳⵉⵜ." },
[MSG_WRONG_CAN] = {
"The card did not accept this number. Check the six digits printed on the card and try again.",
"La carte n'a pas accepté ce numéro. Vérifiez les six chiffres imprimés sur la carte et réessayez.",
"لم تقبل البطاقة هذا الرقم. تحقق من الأرقام الستة المطبوعة على البطاقة وحاول مرة أخرى.",
"ⵓⵔ ⵜⵇⴱⵉⵍ ⵜⴽⴰⵕⴹⴰ ⵓⵟⵟⵓⵏ ⴰⴷ. ⵙⵙⵉⴷⴷ ⵚⴹⵉⵚ ⵏ ⵡⵓⵟⵟⵓⵏⵏ ⵏ ⵜⴽⴰⵕⴹⴰ, ⴰⵔⵎ ⴷⴰⵖ." },
[MSG_CARD_REFUSED] = {
"The card could not be read correctly. Try again; if it fails again, see your administrator.",
"La carte n'a pas pu être lue correctement. Réessayez ; en cas de nouvel échec, voyez votre administrateur.",
"تعذرت قراءة البطاقة بشكل صحيح. حاول مرة أخرى، وإن تكرر الفشل فراجع المسؤول.",
"ⵓⵔ ⵜⵎⵎⵖⵔⵉ ⵜⴽⴰⵕⴹⴰ ⴰⴽⵯⵏ. ⴰⵔⵎ ⴷⴰⵖ, ⵏⵖⴷ ⵙⵡⵍ ⴷ ⵓⵏⵎⵀⴰⵍ." },
[MSG_NOT_GENUINE] = {
"The card could not be proven genuine and was refused. See your administrator.",
"L'authenticité de la carte n'a pas pu être prouvée ; elle est refusée. Voyez votre administrateur.",
"تعذر إثبات صحة البطاقة فرُفضت. راجع المسؤول.",
"ⵓⵔ ⵉⵜⵜⵓⴼⴰ ⵉⵙ ⵜⴷⵓⵙ ⵜⴽⴰⵕⴹⴰ, ⵓⵔ ⵜⵜⵓⵇⴱⴰⵍ. ⵙⵡⵍ ⴷ ⵓⵏⵎⵀⴰⵍ." },
[MSG_WRONG_PIN] = {
"The card did not accept this PIN. Try again, or use your code.",
"La carte n'a pas accepté ce PIN. Réessayez ou utilisez votre code.",
"لم تقبل البطاقة هذا الرقم السري. حاول مرة أخرى أو استعمل رمزك.",
"ⵓⵔ ⵜⵇⴱⵉⵍ ⵜⴽⴰⵕⴹⴰ ⵓⵟⵟⵓⵏ ⴰⴷ ⵓⴼⴼⵉⵔ. ⴰⵔⵎ ⴷⴰⵖ ⵏⵖⴷ ⵙⵙⵎⵔⵙ ⵜⴰⵏⴳⴰⵍⵜ ⵏⵏⴽ." },
[MSG_PIN_TRIES] = {
"Tries left for the PIN of this card: %s.",
"Essais restants pour le PIN de cette carte : %s.",
"المحاولات المتبقية للرقم السري لهذه البطاقة: %s.",
"ⵜⵉⵔⵎⴰⵜⵉⵏ ⵉⵇⵇⵉⵎⵏ ⵉ ⵡⵓⵟⵟⵓⵏ ⵓⴼⴼⵉⵔ ⵏ ⵜⴽⴰⵕⴹⴰ ⴰⴷ: %s." },
[MSG_PIN_BLOCKED] = {
"The PIN of this card is blocked. Use your code, and have the PIN unblocked where cards are issued.",
"Le PIN de cette carte est bloqué. Utilisez votre code et faites débloquer le PIN là où les cartes sont délivrées.",
"الرقم السري لهذه البطاقة محظور. استعمل رمزك واطلب رفع الحظر من الجهة التي تصدر البطاقات.",
"ⵉⵇⵇⵏ ⵓⵟⵟⵓⵏ ⵓⴼⴼⵉⵔ ⵏ ⵜⴽⴰⵕⴹⴰ ⴰⴷ. ⵙⵙⵎⵔⵙ ⵜⴰⵏⴳⴰⵍⵜ ⵏⵏⴽ, ⵙⵡⵍ ⴷ ⵡⴰⵏⵏⴰ ⵢⴰⴽⴽⴰⵏ ⵜⵉⴽⴰⵕⴹⵉⵡⵉⵏ." },
[MSG_PIN_LAST_TRY] = {
"Only one try is left for the PIN of this card. Try again with care, or use your code.",
"Il ne reste qu'un essai pour le PIN de cette carte. Réessayez avec soin ou utilisez votre code.",
"بقيت محاولة واحدة للرقم السري لهذه البطاقة. حاول بحذر أو استعمل رمزك.",
"ⵜⵇⵇⵉⵎ ⴽⴰ ⵢⴰⵜ ⵜⵔⵎⵉⵜ ⵉ ⵡⵓⵟⵟⵓⵏ ⵓⴼⴼⵉⵔ ⵏ ⵜⴽⴰⵕⴹⴰ ⴰⴷ. ⴰⵔⵎ ⵙ ⵜⵡⵓⵔⵉ ⵏⵖⴷ ⵙⵙⵎⵔⵙ ⵜⴰⵏⴳⴰⵍⵜ ⵏⵏⴽ." },
[MSG_PIN_SUSPENDED] = {
"The PIN of this card is suspended. Type the six digits printed on the card first, or use your code.",
"Le PIN de cette carte est suspendu. Tapez d'abord les six chiffres imprimés sur la carte, ou utilisez votre code.",
"الرقم السري لهذه البطاقة موقوف. اكتب أولا الأرقام الستة المطبوعة على البطاقة أو استعمل رمزك.",
"ⵉⴱⴷⴷⴰ ⵓⵟⵟⵓⵏ ⵓⴼⴼⵉⵔ ⵏ ⵜⴽⴰⵕⴹⴰ ⴰⴷ. ⴰⵔⴰ ⵣⵡⴰⵔ ⵚⴹⵉⵚ ⵏ ⵡⵓⵟⵟⵓⵏⵏ ⵏ ⵜⴽⴰⵕⴹⴰ, ⵏⵖⴷ ⵙⵙⵎⵔⵙ ⵜⴰⵏⴳⴰⵍⵜ ⵏⵏⴽ." },
[MSG_CARD_EXPIRED] = {
"This card has expired. Renew it, or use your password.",
"Cette carte a expiré. Renouvelez-la ou utilisez votre mot de passe.",
"انتهت صلاحية هذه البطاقة. جددها أو استعمل كلمة المرور.",
"ⵉⵣⵔⵉ ⵓⵣⵎⵣ ⵏ ⵜⴽⴰⵕⴹⴰ ⴰⴷ. ⵙⵙⵎⴰⵢⵏⵓⵜⵜ ⵏⵖⴷ ⵙⵙⵎⵔⵙ ⵜⴰⴳⵓⵔⵉ ⵏ ⵓⵣⵔⴰⵢ." },
[MSG_CLOCK] = {
"The clock of this machine is wrong, so cards can't be checked. Use your password and tell your administrator.",
"L'horloge de ce poste est fausse : les cartes ne peuvent être vérifiées. Utilisez votre mot de passe et prévenez votre administrateur.",
"ساعة هذا الجهاز خاطئة ولا يمكن التحقق من البطاقات. استعمل كلمة المرور وأخبر المسؤول.",
"ⵜⵣⴳⵍ ⵜⵙⵔⴰⴳⵜ ⵏ ⵓⵎⵙⵙⵓⴷⵙ ⴰⴷ. ⵙⵙⵎⵔⵙ ⵜⴰⴳⵓⵔⵉ ⵏ ⵓⵣⵔⴰⵢ, ⵜⵉⵏⵉⴷ ⵉ ⵓⵏⵎⵀⴰⵍ." },
[MSG_UNKNOWN_PERSON] = {
"This card has no account here. Ask your administrator to enrol it.",
"Cette carte n'a pas de compte ici. Demandez à votre administrateur de l'enregistrer.",
"لا يوجد حساب لهذه البطاقة هنا. اطلب من المسؤول تسجيلها.",
"ⵓⵔ ⵖⵓⵔ ⵜⴽⴰⵕⴹⴰ ⴰⴷ ⴰⵎⵉⴹⴰⵏ ⴷⴰ. ⵙⵙⵓⵜⵔ ⴰⵙⴽⵍⵙ ⵙⴳ ⵓⵏⵎⵀⴰⵍ." },
[MSG_WRONG_PERSON] = {
"This card does not belong to this account. Use your own card.",
"Cette carte n'est pas celle de ce compte. Utilisez votre propre carte.",
"هذه البطاقة لا تخص هذا الحساب. استعمل بطاقتك أنت.",
"ⵜⴰⴽⴰⵕⴹⴰ ⴰⴷ ⵓⵔ ⵜⴳⵉ ⵜⵉⵏ ⵓⵎⵉⴹⴰⵏ ⴰⴷ. ⵙⵙⵎⵔⵙ ⵜⴰⴽⴰⵕⴹⴰ ⵏⵏⴽ." },
[MSG_REVOKED] = {
"This account has been closed. See your administrator.",
"Ce compte a été fermé. Voyez votre administrateur.",
"أُغلق هذا الحساب. راجع المسؤول.",
"ⵉⵔⴳⵍ ⵓⵎⵉⴹⴰⵏ ⴰⴷ. ⵙⵡⵍ ⴷ ⵓⵏⵎⵀⴰⵍ." },
[MSG_BLOCKED_CARD] = {
"This card is blocked. Use your newest card, or see your administrator.",
"Cette carte est bloquée. Utilisez votre carte la plus récente ou voyez votre administrateur.",
"هذه البطاقة محظورة. استعمل أحدث بطاقة لك أو راجع المسؤول.",
"ⵜⵇⵇⵏ ⵜⴽⴰⵕⴹⴰ ⴰⴷ. ⵙⵙⵎⵔⵙ ⵜⴰⴽⴰⵕⴹⴰ ⵜⴰⵎⴰⵢⵏⵓⵜ ⵏⵖⴷ ⵙⵡⵍ ⴷ ⵓⵏⵎⵀⴰⵍ." },
[MSG_ACCOUNT_EXPIRED] = {
"This account has expired. See your administrator.",
"Ce compte a expiré. Voyez votre administrateur.",
"انتهت صلاحية هذا الحساب. راجع المسؤول.",
"ⵉⵣⵔⵉ ⵓⵣⵎⵣ ⵏ ⵓⵎⵉⴹⴰⵏ ⴰⴷ. ⵙⵡⵍ ⴷ ⵓⵏⵎⵀⴰⵍ." },
[MSG_UID_MISMATCH] = {
"This account is not set up correctly on this machine. See your administrator.",
"Ce compte est mal configuré sur ce poste. Voyez votre administrateur.",
"هذا الحساب غير مهيأ بشكل صحيح على هذا الجهاز. راجع المسؤول.",
"ⵓⵔ ⵉⵙⵡⵓⴷⴷⴰ ⵓⵎⵉⴹⴰⵏ ⴰⴷ ⴰⴽⵯⵏ ⴳ ⵓⵎⵙⵙⵓⴷⵙ ⴰⴷ. ⵙⵡⵍ ⴷ ⵓⵏⵎⵀⴰⵍ." },
[MSG_ALREADY] = {
"This card already has an account here.",
"Cette carte a déjà un compte ici.",
"لهذه البطاقة حساب هنا من قبل.",
"ⵉⵍⵍⴰ ⵢⴰⴷ ⵓⵎⵉⴹⴰⵏ ⵏ ⵜⴽⴰⵕⴹⴰ ⴰⴷ ⴷⴰ." },
[MSG_NAME_TAKEN] = {
"This account name is already taken. Choose another one.",
"Ce nom de compte est déjà pris. Choisissez-en un autre.",
"اسم الحساب هذا مستعمل من قبل. اختر اسما آخر.",
"ⵉⵜⵜⵡⴰⵎⵥ ⵢⴰⴷ ⵉⵙⵎ ⵏ ⵓⵎⵉⴹⴰⵏ ⴰⴷ. ⵙⵜⵉ ⵡⴰⵢⴹ." },
[MSG_NO_ACCOUNT] = {
"There is no such account. Check the name.",
"Ce compte n'existe pas. Vérifiez le nom.",
"لا يوجد حساب بهذا الاسم. تحقق من الاسم.",
"ⵓⵔ ⵉⵍⵍⵉ ⵓⵎⵉⴹⴰⵏ ⴰⴷ. ⵙⵙⵉⴷⴷ ⵉⵙⵎ." },
[MSG_WRONG_FACE] = {
"The face was not recognised. Try again in good light, facing the camera.",
"Le visage n'a pas été reconnu. Réessayez bien éclairé, face à la caméra.",
"لم يتم التعرف على الوجه. حاول مرة أخرى في ضوء جيد أمام الكاميرا.",
"ⵓⵔ ⵉⵜⵜⵓⵙⵏ ⵓⴷⵎ. ⴰⵔⵎ ⴷⴰⵖ ⴳ ⵜⵉⴼⴰⵡⵜ, ⴷⴰⵜ ⵜⴽⴰⵎⵉⵔⴰ." },
[MSG_NO_FACE] = {
"The camera saw no single clear face. Sit alone in front of it and try again.",
"La caméra n'a pas vu un visage net et seul. Placez-vous seul devant elle et réessayez.",
"لم تر الكاميرا وجها واحدا واضحا. اجلس وحدك أمامها وحاول مرة أخرى.",
"ⵓⵔ ⵜⵥⵕⵉ ⵜⴽⴰⵎⵉⵔⴰ ⵢⴰⵏ ⵓⴷⵎ ⵉⵙⵙⴼⴰⵡⵏ. ⵇⵇⵉⵎ ⵡⴰⵃⴷⵓⴽ ⴷⴰⵜⴰⵙ, ⴰⵔⵎ ⴷⴰⵖ." },
[MSG_NO_CAMERA] = {
"The face can't be compared on this machine now. Use your code or your password.",
"La comparaison du visage n'est pas possible sur ce poste. Utilisez votre code ou votre mot de passe.",
"لا يمكن مقارنة الوجه على هذا الجهاز الآن. استعمل رمزك أو كلمة المرور.",
"ⵓⵔ ⵉⵣⵎⵉⵔ ⵓⵙⵎⵣⴰⵣⴰⵍ ⵏ ⵓⴷⵎ ⴷⴰ. ⵙⵙⵎⵔⵙ ⵜⴰⵏⴳⴰⵍⵜ ⵏⵖⴷ ⵜⴰⴳⵓⵔⵉ ⵏ ⵓⵣⵔⴰⵢ." },
[MSG_NO_AUTHORISATION] = {
"Face login is not authorised here and you have no code. Use your password and ask your administrator for a code.",
"La connexion par le visage n'est pas autorisée ici et vous n'avez pas de code. Utilisez votre mot de passe et demandez un code à votre administrateur.",
"الدخول بالوجه غير مرخص هنا وليس لديك رمز. استعمل كلمة المرور واطلب رمزا من المسؤول.",
"ⵓⵔ ⵜⵍⵍⵉ ⵜⵓⵔⴰⴳⵜ ⵉ ⵡⵓⴷⵎ ⴷⴰ, ⵓⵔ ⵜⵍⵍⵉ ⵜⵏⴳⴰⵍⵜ. ⵙⵙⵎⵔⵙ ⵜⴰⴳⵓⵔⵉ ⵏ ⵓⵣⵔⴰⵢ, ⵙⵡⵍ ⴷ ⵓⵏⵎⵀⴰⵍ." },
[MSG_WRONG_CODE] = {
"The code is wrong. Try again.",
"Le code est faux. Réessayez.",
"الرمز خاطئ. حاول مرة أخرى.",
"ⵜⵣⴳⵍ ⵜⵏⴳⴰⵍⵜ. ⴰⵔⵎ ⴷⴰⵖ." },
[MSG_NO_CODE] = {
"A code is needed and you have none. Use your password and ask your administrator for a code.",
"Un code est nécessaire et vous n'en avez pas. Utilisez votre mot de passe et demandez un code à votre administrateur.",
"يلزم رمز وليس لديك أي رمز. استعمل كلمة المرور واطلب رمزا من المسؤول.",
"ⵜⵍⴰⵣⵎ ⵜⵏⴳⴰⵍⵜ, ⵓⵔ ⵜⵍⵍⵉ. ⵙⵙⵎⵔⵙ ⵜⴰⴳⵓⵔⵉ ⵏ ⵓⵣⵔⴰⵢ, ⵙⵙⵓⵜⵔ ⵜⴰⵏⴳⴰⵍⵜ ⵙⴳ ⵓⵏⵎⵀⴰⵍ." },
[MSG_WEAK_CODE] = {
"This code is too short, too long or too easy to guess. Choose another one.",
"Ce code est trop court, trop long ou trop facile à deviner. Choisissez-en un autre.",
"هذا الرمز قصير جدا أو طويل جدا أو سهل التخمين. اختر رمزا آخر.",
"ⵜⴳⵣⵣⵓⵍ, ⵜⵖⵣⵣⵉⴼ ⵏⵖⴷ ⵜⵔⵅⴰ ⵜⵏⴳⴰⵍⵜ ⴰⴷ. ⵙⵜⵉ ⵜⴰⵢⴹ." },
[MSG_CODE_DIFFERS] = {
"The two codes differ. Type the same code twice.",
"Les deux codes sont différents. Tapez deux fois le même code.",
"الرمزان مختلفان. اكتب الرمز نفسه مرتين.",
"ⵎⵣⴰⵔⴰⵢⵏⵜ ⵙⵏⴰⵜ ⵜⵏⴳⴰⵍⵉⵏ. ⴰⵔⴰ ⵢⴰⵜ ⵜⵏⴳⴰⵍⵜ ⵙⵏⴰⵜ ⵜⵉⴽⴽⴰⵍ." },
[MSG_KEY_SERVICE] = {
"The service that finds your account does not answer as it should. Try again or use your password.",
"Le service qui retrouve votre compte ne répond pas correctement. Réessayez ou utilisez votre mot de passe.",
"الخدمة التي تجد حسابك لا تجيب كما ينبغي. حاول مرة أخرى أو استعمل كلمة المرور.",
"ⵜⴰⵏⴰⴼⵓⵜ ⵏ ⵓⵎⵉⴹⴰⵏ ⵏⵏⴽ ⵓⵔ ⴷⴰ ⵜⵜⵔⴰⵔ. ⴰⵔⵎ ⴷⴰⵖ ⵏⵖⴷ ⵙⵙⵎⵔⵙ ⵜⴰⴳⵓⵔⵉ ⵏ ⵓⵣⵔⴰⵢ." },
[MSG_SERVICE_DOWN] = {
"The card login service does not answer. Use your password.",
"Le service de connexion par carte ne répond pas. Utilisez votre mot de passe.",
"خدمة الدخول بالبطاقة لا تستجيب. استعمل كلمة المرور.",
"ⵓⵔ ⴷⴰ ⵜⵜⵔⴰⵔ ⵜⵏⴰⴼⵓⵜ ⵏ ⵓⴽⵛⵛⵓⵎ ⵙ ⵜⴽⴰⵕⴹⴰ. ⵙⵙⵎⵔⵙ ⵜⴰⴳⵓⵔⵉ ⵏ ⵓⵣⵔⴰⵢ." },
};

/* "fr", "fr_MA.UTF-8", "fr:en" (LANGUAGE's list: its first): all French. */
static enum lang lang_of(const char *locale)
{
	size_t n = locale ? strcspn(locale, "_.@-:") : 0;

	for (unsigned int i = 0; i < LANG_COUNT; i++)
		if (n == strlen(lang_names[i]) &&
		    memcmp(locale, lang_names[i], n) == 0)
			return (enum lang)i;
	return LANG_EN;
}

static bool tail_byte(uint8_t c)
{
	return (c & 0xc0) == 0x80;
}

/* Length of the UTF-8 character at p (RFC 3629, section 4); 0: none that may
 * be shown, which are also the controls a terminal would obey. */
static size_t character(const uint8_t *p)
{
	if (p[0] < 0x80)
		return p[0] >= 0x20 && p[0] != 0x7f;
	if (p[0] < 0xc2 || p[0] > 0xf4 || !tail_byte(p[1]))
		return 0;
	if (p[0] < 0xe0)
		return p[0] == 0xc2 && p[1] < 0xa0 ? 0 : 2;
	if (!tail_byte(p[2]) || (p[0] == 0xe0 && p[1] < 0xa0) ||
	    (p[0] == 0xed && p[1] > 0x9f))
		return 0;
	if (p[0] < 0xf0)
		return 3;
	if (!tail_byte(p[3]) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return 4;
}

struct text {
	char *out;
	size_t n, cap;		/* without the NUL */
	bool full;		/* nothing after the first that did not fit */
};

/* The first n bytes of s, or up to its NUL; what is no character becomes ?. */
static void put(struct text *t, const char *s, size_t n)
{
	const char *end = s + strnlen(s, n);

	while (s < end && !t->full) {
		size_t len = character((const uint8_t *)s);

		if (t->n + (len ? len : 1) > t->cap) {
			t->full = true;
			return;
		}
		if (len)
			memcpy(t->out + t->n, s, len);
		else
			t->out[t->n] = '?';
		t->n += len ? len : 1;
		s += len ? len : 1;
	}
}

static size_t code_space(const char *code)
{
	return code && code[0] ? strlen(code) + strlen(" ()") : 0;
}

void message_text(enum msg m, const char *lang, const char *arg,
		  const char *code, char *out, size_t cap)
{
	size_t space = code_space(code);
	struct text t = { .out = out };
	const char *s, *hole;

	if (cap == 0)
		return;
	if ((unsigned int)m >= MSG_COUNT || m == MSG_NONE)
		m = MSG_INTERNAL;
	s = sentences[m][lang_of(lang)];
	hole = strstr(s, "%s");
	/* a long argument is cut rather than the code lost */
	t.cap = cap - 1 > space ? cap - 1 - space : 0;
	put(&t, s, hole ? (size_t)(hole - s) : SIZE_MAX);
	if (hole) {
		put(&t, arg ? arg : "", SIZE_MAX);
		put(&t, hole + 2, SIZE_MAX);
	}
	t.cap = cap - 1;
	t.full = false;
	if (space) {
		put(&t, " (", SIZE_MAX);
		put(&t, code, SIZE_MAX);
		put(&t, ")", SIZE_MAX);
	}
	out[t.n] = '\0';
}
